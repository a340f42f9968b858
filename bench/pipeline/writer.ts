import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { DocumentMaker } from '../../src/ingest/sourceDocument.js';
import { newSourceRows, type Plant, simulatePlant } from '../../src/simulator/index.js';

/** A shipper's habit: what has been written since is sent so often. */
const SEND_EVERY_MS = 100;
/** Rows of sources that nobody knows, each another source. */
export interface Intruders {
  readonly everyMs: number;
  /** number of the first: two runs in one shift want different sources, so that each is an alert of its own */
  readonly first: number;
}

export const FOUR_A_SECOND: Intruders = { everyMs: 250, first: 0 };

export interface WrittenTraffic {
  readonly documents: number;
  /** document id of an intruder's row → performance.now() at the acknowledgement of its bulk */
  readonly intruders: ReadonlyMap<string, number>;
  /** how long the last rows were sent behind their time: more than a bulk's duration means that the writer lagged */
  readonly worstLagMs: number;
}

/**
 * Writes a plant's traffic as it happens, by the wall clock: what Zeek would write now is
 * sent within 100 ms.
 *
 * @param onIntruder told of each intruder's document once it is acknowledged
 */
export async function writeTraffic(options: {
  readonly client: Client;
  readonly namespace: string;
  readonly plant: Plant;
  readonly seconds: number;
  readonly intruders?: Intruders;
  readonly onIntruder: (id: string, acknowledged: number) => void;
}): Promise<WrittenTraffic> {
  const { client, namespace, plant, seconds, onIntruder } = options;
  const { everyMs, first } = options.intruders ?? FOUR_A_SECOND;
  const start = Math.ceil(Date.now() / 1000) + 1;
  // Simulated before the clock runs, so that the writer does nothing but write.
  const rows = [
    ...simulatePlant({ plant, from: start, to: start + seconds, thinning: { observeSecondsPerHour: 3_600 } }),
  ];
  const maker = new DocumentMaker({ namespace, path: '/bench', run: 'bench' });
  const intruders = new Map<string, number>();
  let next = 0;
  let intruded = 0;
  let documents = 0;
  let worstLagMs = 0;
  while (next < rows.length || intruded < (seconds * 1_000) / everyMs) {
    const now = Date.now();
    const batch: { readonly index: string; readonly id: string; readonly body: unknown }[] = [];
    for (; next < rows.length && (rows[next]?.writtenAt ?? 0) * 1_000 <= now; next += 1) {
      const row = rows[next];
      if (row === undefined) break;
      const made = maker.make({
        kind: 'row',
        log: row.log,
        line: next + 1,
        message: JSON.stringify(row.row),
      });
      if (made !== undefined) batch.push(made);
      worstLagMs = Math.max(worstLagMs, now - row.writtenAt * 1_000);
    }
    const added: string[] = [];
    for (; start * 1_000 + intruded * everyMs <= now; intruded += 1) {
      const number = first + intruded;
      const [row] = newSourceRows({ plant, at: now / 1_000, count: 2, seed: 1_000 + number });
      if (row === undefined) continue;
      const message = JSON.stringify({
        ...row.row,
        'id.orig_h': `172.31.${number >> 8}.${number & 255}`,
      });
      const made = maker.make({ kind: 'row', log: row.log, line: 1, message });
      if (made === undefined) continue;
      batch.push(made);
      added.push(made.id);
    }
    if (batch.length > 0) {
      const answer = await client.bulk({
        operations: batch.flatMap(({ index, id, body }) => [{ create: { _index: index, _id: id } }, body]),
        filter_path: 'errors',
      });
      if (answer.errors) throw new Error('the cluster refused documents');
      documents += batch.length;
      const acknowledged = performance.now();
      for (const id of added) {
        intruders.set(id, acknowledged);
        onIntruder(id, acknowledged);
      }
    }
    await sleep(Math.max(0, SEND_EVERY_MS - (Date.now() - now)));
  }
  return { documents, intruders, worstLagMs };
}
