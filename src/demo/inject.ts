import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { explaining } from '../elasticsearch/errors.js';
import { OtAnomalyError } from '../errors.js';
import { DocumentMaker } from '../ingest/sourceDocument.js';
import type { SimulatedRow } from '../simulator/index.js';

/** An injected record's alert and how long it took. */
export interface InjectedAlert {
  readonly alert: Record<string, unknown>;
  readonly score: number;
  /** from the bulk's acknowledgement to the alert's being found by a search */
  readonly latencyMs: number;
}

/** No alert came for an injected record. */
export class DemoError extends OtAnomalyError {
  readonly code = 'no_alert';
}

const LOOK_EVERY_MS = 10;
const GIVE_UP_AFTER_MS = 30_000;

export interface InjectOptions {
  /** may create source documents */
  readonly writer: Client;
  /** may read anomalies */
  readonly reader: Client;
  readonly namespace: string;
  readonly run: string;
  readonly signal: AbortSignal;
}

/**
 * Indexes one row as a shipper would and waits for its alert by searching, as an analyst would.
 *
 * @throws {DemoError} when none was found within 30 s
 */
export async function injectRow(
  { log, row }: Pick<SimulatedRow, 'log' | 'row'>,
  { writer, reader, namespace, run, signal }: InjectOptions,
): Promise<InjectedAlert> {
  const message = JSON.stringify(row);
  const maker = new DocumentMaker({ namespace, path: '/live', run });
  const document = maker.make({ kind: 'row', log, line: 1, message });
  if (document === undefined) throw new Error(`no stream for ${log}`);
  const response = await explaining('injecting a record', () =>
    writer.bulk({ operations: [{ create: { _index: document.index, _id: document.id } }, document.body] }),
  );
  const acknowledged = performance.now();
  const failure = response.items[0]?.create?.error;
  if (failure !== undefined)
    throw new DemoError(`the record was refused: ${failure.reason}`, 'Run the demo again.');

  while (performance.now() - acknowledged < GIVE_UP_AFTER_MS && !signal.aborted) {
    const { hits } = await reader.search<Record<string, unknown>>({
      index: `logs-ot_anomaly.anomaly-${namespace}`,
      size: 1,
      query: { term: { 'ot_anomaly.zeek.id': document.id } },
    });
    const alert = hits.hits[0]?._source;
    if (alert !== undefined) {
      const latencyMs = Math.round((performance.now() - acknowledged) * 10) / 10;
      return { alert, score: (alert as { ot_anomaly: { score: number } }).ot_anomaly.score, latencyMs };
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new DemoError(
    signal.aborted
      ? 'interrupted while waiting for an alert'
      : `no alert for ${document.id} within ${GIVE_UP_AFTER_MS / 1000} s`,
    'See the scorer’s log lines above.',
  );
}
