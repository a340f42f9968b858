import { setTimeout as sleep } from 'node:timers/promises';
import type { ScorerProcess } from './scorerProcess.js';
import type { BenchSite } from './site.js';
import { plantOf } from './site.js';
import { type Intruders, writeTraffic } from './writer.js';

const LOOK_EVERY_MS = 20;
const GIVE_UP_AFTER_MS = 60_000;
/** Rows that a PLC of the simulated plant writes in a second, measured over a minute of 100 of them. */
const ROWS_PER_PLC = 9.3;

/** What became of one rate of arrivals. */
export interface LiveResult {
  /** documents a second that were asked for, and that came about */
  readonly rate: number;
  readonly documentsPerSecond: number;
  readonly plcs: number;
  readonly seconds: number;
  /** milliseconds from the acknowledgement of an intruder's bulk to its alert's being found by a search */
  readonly latencyMs: {
    readonly n: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  /** intruders' rows for which no alert came within a minute */
  readonly missed: number;
  /** alerts on traffic that was like the baseline's */
  readonly otherAlerts: number;
  /** how far behind its time the writer was at worst: far more than a bulk takes says that it couldn't keep up */
  readonly writerLagMs: number;
  /** share of one processor that the scorer used */
  readonly scorerCpu: number | undefined;
  readonly scorerResidentMb: number | undefined;
}

export function plcsFor(rate: number): number {
  return Math.max(2, Math.round(rate / ROWS_PER_PLC));
}

/** Writes traffic at a rate while the scorer follows, and looks for the alerts of what doesn't belong. */
export async function measureLive(
  site: BenchSite,
  scorer: ScorerProcess,
  rate: number,
  seconds: number,
  intruders?: Intruders,
  onLatency: (ms: number) => void = () => {},
): Promise<LiveResult> {
  const writer = site.client('ingest');
  const reader = site.client('scorer');
  const waiting = new Map<string, number>();
  const latencies: number[] = [];
  const anomalies = `logs-ot_anomaly.anomaly-${site.namespace}`;
  const alertsBefore = await countAlerts();
  const cpuBefore = scorer.cpuSeconds();
  const began = performance.now();
  let writing = true;
  const look = async () => {
    let last = performance.now();
    while (writing || (waiting.size > 0 && performance.now() - last < GIVE_UP_AFTER_MS)) {
      if (writing) last = performance.now();
      if (waiting.size > 0) {
        const { hits } = await reader.search<{ ot_anomaly: { zeek: { id: string } } }>({
          index: anomalies,
          size: 100,
          query: { terms: { 'ot_anomaly.zeek.id': [...waiting.keys()].slice(0, 100) } },
          _source: ['ot_anomaly.zeek.id'],
        });
        const now = performance.now();
        for (const { _source } of hits.hits) {
          const id = _source?.ot_anomaly.zeek.id ?? '';
          const acknowledged = waiting.get(id);
          if (acknowledged === undefined) continue;
          latencies.push(now - acknowledged);
          onLatency(now - acknowledged);
          waiting.delete(id);
        }
      }
      await sleep(LOOK_EVERY_MS);
    }
  };
  const looking = look();
  const plcs = plcsFor(rate);
  const written = await writeTraffic({
    client: writer,
    namespace: site.namespace,
    plant: plantOf(plcs),
    seconds,
    ...(intruders === undefined ? {} : { intruders }),
    onIntruder: (id, acknowledged) => waiting.set(id, acknowledged),
  }).finally(() => {
    writing = false;
  });
  const tookSeconds = (performance.now() - began) / 1_000;
  const cpuAfter = scorer.cpuSeconds();
  await looking;
  const otherAlerts = (await countAlerts([...written.intruders.keys()])) - alertsBefore;
  await writer.close();
  await reader.close();
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  return {
    rate,
    documentsPerSecond: Math.round(written.documents / seconds),
    plcs,
    seconds,
    latencyMs: { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    missed: written.intruders.size - sorted.length,
    otherAlerts,
    writerLagMs: Math.round(written.worstLagMs),
    scorerCpu:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : round((cpuAfter - cpuBefore) / tookSeconds),
    scorerResidentMb: scorer.residentMb(),
  };

  async function countAlerts(leftOut: readonly string[] = []): Promise<number> {
    const { count } = await reader.count({
      index: anomalies,
      query: {
        bool: {
          filter: [{ term: { 'event.kind': 'alert' } }],
          must_not: [{ terms: { 'ot_anomaly.zeek.id': [...leftOut] } }],
        },
      },
    });
    return count;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
