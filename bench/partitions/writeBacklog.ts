import { setTimeout as sleep } from 'node:timers/promises';
import { DocumentMaker } from '../../src/ingest/sourceDocument.js';
import { newSourceRows, type Plant, type SimulatedRow, simulatePlant } from '../../src/simulator/index.js';
import type { BenchSite } from '../pipeline/site.js';

const A_BULK = 4_000;
/** An alert of each: enough to hold the numbers of alerts against each other. */
const INTRUDERS = 50;
/** Elasticsearch's own refresh is a second. */
const REFRESHED_AFTER_MS = 2_000;

/**
 * Writes a plant's traffic of the seconds until now as fast as Elasticsearch takes it, nothing thinned, and rows of sources
 * that nobody knows in its middle.
 */
export async function writeBacklog(site: BenchSite, plant: Plant, seconds: number) {
  const client = site.client('ingest');
  const maker = new DocumentMaker({ namespace: site.namespace, path: '/bench', run: 'bench' });
  const to = Math.floor(Date.now() / 1_000);
  const from = to - seconds;
  let documents = 0;
  let operations: object[] = [];
  const send = async () => {
    const { errors } = await client.bulk({ operations, filter_path: 'errors' });
    if (errors) throw new Error('the cluster refused documents');
    operations = [];
  };
  const add = async (log: string, row: SimulatedRow['row']) => {
    const made = maker.make({ kind: 'row', log, line: documents + 1, message: JSON.stringify(row) });
    if (made === undefined) return;
    documents += 1;
    operations.push({ create: { _index: made.index, _id: made.id } }, made.body);
    if (operations.length >= 2 * A_BULK) await send();
  };
  const intrude = async () => {
    const [made] = newSourceRows({ plant, at: from + seconds / 2, count: 2, seed: 1 });
    if (made === undefined) return;
    for (let i = 0; i < INTRUDERS; i++) await add(made.log, { ...made.row, 'id.orig_h': `172.31.0.${i}` });
  };
  const began = performance.now();
  let isQuiet = true;
  for (const { log, row, writtenAt } of simulatePlant({
    plant,
    from,
    to,
    thinning: { observeSecondsPerHour: 3_600 },
  })) {
    if (isQuiet && writtenAt > from + seconds / 2) {
      isQuiet = false;
      await intrude();
    }
    await add(log, row);
  }
  await send();
  const perSecond = Math.round(documents / ((performance.now() - began) / 1_000));
  await client.close();
  await sleep(REFRESHED_AFTER_MS);
  return { documents, perSecond };
}
