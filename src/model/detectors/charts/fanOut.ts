import { z } from 'zod';
import { Memory } from '../../../features/memory.js';
import type { OtRecord } from '../../../features/otRecord.js';
import type { Known } from '../../known.js';
import { scoreOf } from '../../scale.js';
import type { Chart, MakeChart, Part } from '../detector.js';

/** Whom an address met in one hour (UTC). */
interface Hour {
  readonly hour: number;
  readonly peers: Set<string>;
}

/** Keys hold sensor and log: rows are in order of time within such a stream, between them in whatever order they came. */
const streamOf = ({ sensor, log }: OtRecord) => `${sensor}|${log}`;

const stateSchema = z.array(z.tuple([z.string(), z.tuple([z.number(), z.array(z.string())])]));

/** Peers an address may meet in an hour whatever the baseline says: a dozen is nobody's scan. */
const PEERS_AT_LEAST = 12;
/** … and this many times as many as it met in the whole baseline. */
const TIMES_BASELINE = 1.5;
/** Beyond so many limits peers are no longer told apart: memory stays bounded in a flood. */
const LIMITS_AT_MOST = 4;

/**
 * Fan-out and fan-in: one source that meets far more destinations in an hour than it knows (a scan), one destination
 * and port that far more sources meet than know it (a flood). Novelty sees each new pair; this sees what they are together.
 */
export const fanOut: MakeChart = (_model, known: Known): Chart => {
  const hours = new Memory<Hour>(20_000);
  /** by stream: its newest hour */
  const newest = new Map<string, number>();

  /** Of an hour that is over in its stream nothing will be asked any more. */
  function begin(stream: string, hour: number): void {
    newest.set(stream, hour);
    hours.forgetWhere((key, counted) => counted.hour < hour && key.startsWith(`${stream}|`));
  }

  /** What of an observation its place decides: whose counts it adds to, and what the baseline allows them. */
  const countedOf = known.once((record) => {
    const met = known.peersOf(record);
    const stream = streamOf(record);
    return {
      stream,
      scan: `${stream}|${scanOf(record)}`,
      flood: `${stream}|${floodOf(record)}`,
      scanned: scanOf(record),
      flooded: floodOf(record),
      out: limitFor(met.destinations),
      into: limitFor(met.sources),
    };
  });

  function count(key: string, peer: string, ts: number, limit: number): number {
    const hour = Math.floor(ts / 3600);
    const before = hours.get(key);
    if (before !== undefined && before.hour > hour) return 0;
    if (before?.hour !== hour) {
      hours.set(key, { hour, peers: new Set([peer]) });
      return 1;
    }
    if (before.peers.size <= limit * LIMITS_AT_MOST) before.peers.add(peer);
    return before.peers.size;
  }

  const take = (record: OtRecord) => {
    const counted = countedOf(record);
    const hour = Math.floor(record.ts / 3600);
    if (hour > (newest.get(counted.stream) ?? Number.NEGATIVE_INFINITY)) begin(counted.stream, hour);
    const destinations = count(counted.scan, record.destination, record.ts, counted.out);
    const sources = count(counted.flood, record.source, record.ts, counted.into);
    return { counted, destinations, sources };
  };

  return {
    name: 'fan_out',
    witness: take,
    judge({ record }) {
      const { counted, destinations, sources } = take(record);
      const scan = part('scan', record, counted.scanned, destinations, counted.out);
      const flood = part('flood', record, counted.flooded, sources, counted.into);
      return flood.score < scan.score ? flood : scan;
    },
    state: () => hours.entries().map(([key, { hour, peers }]) => [key, [hour, [...peers]]]),
    restore: (state) =>
      hours.restore(
        stateSchema.parse(state).map(([key, [hour, peers]]) => [key, { hour, peers: new Set(peers) }]),
      ),
  };
};

function limitFor(met: number): number {
  return Math.max(PEERS_AT_LEAST, Math.ceil(TIMES_BASELINE * met));
}

const scanOf = ({ source }: OtRecord) => `scan|${source}`;
const floodOf = ({ destination, port }: OtRecord) => `flood|${destination}|${port}`;

function part(what: 'scan' | 'flood', record: OtRecord, subject: string, peers: number, limit: number): Part {
  const score = scoreOf(peers, limit);
  if (peers < limit) return { detector: 'fan_out', score, evidence: [], subject };
  const kind = what === 'scan' ? 'destinations' : 'sources';
  const text =
    what === 'scan'
      ? `${record.source} met ${peers} destinations in an hour; the baseline allows ${limit - 1}`
      : `${peers} sources met ${record.destination}:${record.port} in an hour; the baseline allows ${limit - 1}`;
  return {
    detector: 'fan_out',
    score,
    subject,
    since: Math.floor(record.ts / 3600) * 3600,
    evidence: [
      { feature: what, observed: `${peers} ${kind} in an hour`, usual: `up to ${limit - 1} ${kind}`, text },
    ],
  };
}
