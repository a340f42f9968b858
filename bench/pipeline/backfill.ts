import { randomUUID } from 'node:crypto';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { readWindow } from '../../src/elasticsearch/windowReader.js';
import { median } from '../rounds.js';
import type { BenchSite } from './site.js';

const PAGE_SIZE = 2_000;

/** A window of the past, scored, beside the same window merely read: what Elasticsearch alone takes. */
export interface BackfillResult {
  readonly documents: number;
  readonly scoredPerSecond: number;
  readonly readPerSecond: number;
  /** scoring against reading alone; 1 would be scoring for nothing */
  readonly ratio: number;
}

/** Medians of rounds in which reading and scoring take turns. */
export async function measureBackfill(
  site: BenchSite,
  from: number,
  to: number,
  rounds: number,
): Promise<BackfillResult> {
  const client = site.client('scorer');
  const reading: number[] = [];
  const scoring: number[] = [];
  let documents = 0;
  for (let round = 0; round < rounds; round += 1) {
    let began = performance.now();
    documents = 0;
    for await (const page of readWindow(client, site.index, from, to, PAGE_SIZE)) documents += page.length;
    reading.push(documents / ((performance.now() - began) / 1_000));
    began = performance.now();
    const { read } = await scoreWindow({
      client,
      index: site.index,
      namespace: site.namespace,
      model: site.model,
      from,
      to,
      pageSize: PAGE_SIZE,
      now: () => new Date(),
      newId: randomUUID,
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    if (read !== documents) throw new Error(`read ${documents} documents, scored ${read}`);
    scoring.push(read / ((performance.now() - began) / 1_000));
  }
  await client.close();
  const ratios = scoring.map((rate, i) => rate / (reading[i] ?? Number.NaN));
  return {
    documents,
    scoredPerSecond: Math.round(median(scoring)),
    readPerSecond: Math.round(median(reading)),
    ratio: Math.round(median(ratios) * 100) / 100,
  };
}
