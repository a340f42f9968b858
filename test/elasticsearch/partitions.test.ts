import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FollowOptions, followArrivals } from '../../src/app/followArrivals.js';
import { toOtRecord } from '../../src/features/otRecord.js';
import { DocumentMaker } from '../../src/ingest/sourceDocument.js';
import { loadProfile } from '../../src/profiles/load.js';
import { bucketOf } from '../../src/scoring/partition.js';
import type { Arrival } from '../../src/scoring/scoringStage.js';
import { shareOf } from '../../src/scoring/share.js';
import { ensureStream } from '../../src/setup/streams.js';
import { type SimulatedRow, simulatePlant } from '../../src/simulator/index.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { arrivalsOf, newId, readerOf, type ScoredSite, scoredSite } from './scoredSite.js';
import { DAY } from './simulated.js';

/** By hours of the day after the baseline; each gives alerts of other detectors. */
const SCENARIOS = [
  ['new-source', 2],
  ['historian-pivot', 3],
  ['scan', 4],
  ['new-write', 5],
  ['faster-polling', 7],
  ['register-search', 8],
  ['new-plc', 9],
  ['silent-master', 10],
] as const;
const LATENESS_S = 1;
/** Until what waits has waited longest: see ReorderBuffer. */
const PATIENCE_MS = (2 * LATENESS_S + 2) * 1_000;

let admin: Client;
let site: ScoredSite;
let pieces: readonly (readonly SimulatedRow[])[];
let startAt: Date;

beforeAll(async () => {
  admin = cluster();
  site = await scoredSite();
  const from = site.from + 31 * DAY;
  const rows = [
    ...simulatePlant({
      plant: site.plant,
      from,
      to: from + DAY,
      thinning: { observeSecondsPerHour: 2 },
      scenarios: SCENARIOS.map(([name, hour]) => ({ name, at: from + hour * 3_600 })),
    }),
  ];
  pieces = [0, 1, 2].map((n) => rows.slice((n * rows.length) / 3, ((n + 1) * rows.length) / 3));
  startAt = new Date();
}, 600_000);
afterAll(() => site?.remove());

async function write(rows: readonly SimulatedRow[], path = '/live'): Promise<void> {
  const maker = new DocumentMaker({ namespace: site.namespace, path, run: 'live' });
  for (let i = 0; i < rows.length; i += 500) {
    const operations = rows.slice(i, i + 500).flatMap(({ log, row }, j) => {
      const made = maker.make({ kind: 'row', log, line: i + j, message: JSON.stringify(row) });
      return made === undefined ? [] : [{ create: { _index: made.index, _id: made.id } }, made.body];
    });
    const { errors } = await site.client('ingest').bulk({ operations, refresh: true });
    expect(errors).toBe(false);
  }
}

/** What a scorer reads and writes beside the source. */
const STREAMS = [
  ...['anomaly', 'asset', 'audit', 'checkpoint', 'decision', 'maintenance'].map(
    (name) => `logs-ot_anomaly.${name}`,
  ),
  'metrics-ot_anomaly.scorer',
];

/** A namespace for alerts of their own, of the rows of the one site. */
async function outputs(): Promise<string> {
  const namespace = uniqueNamespace('part');
  for (const stream of STREAMS) await ensureStream(admin, `${stream}-${namespace}`);
  return namespace;
}

function start(namespace: string, partition: readonly [number, number], more: Partial<FollowOptions> = {}) {
  const stop = new AbortController();
  const client = cluster();
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });
  const following = followArrivals({
    client,
    index: site.index,
    namespace,
    model: site.model,
    scorer: 'shared',
    partition: { index: partition[0], count: partition[1] },
    pollMs: 100,
    overlapSeconds: 2,
    rereadSeconds: 60,
    latenessSeconds: LATENESS_S,
    checkpointSeconds: 1,
    pageSize: 500,
    startAt,
    now: () => new Date(),
    newId,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    onReady: becomeReady,
    ...more,
  });
  return {
    ready: Promise.race([ready, following]),
    stop: async () => {
      stop.abort();
      await following;
    },
    /** as kill -9 would: no last checkpoint */
    kill: async () => {
      await client.close();
      stop.abort();
      await following.catch(() => {});
    },
  };
}

type Following = ReturnType<typeof start>;

async function untilAllIsJudged(scorers: readonly Following[]): Promise<void> {
  await Promise.all(scorers.map(({ ready }) => ready));
  await sleep(PATIENCE_MS);
  await Promise.all(scorers.map(({ stop }) => stop()));
}

async function alertsOf(namespace: string): Promise<string[]> {
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  await admin.indices.refresh({ index });
  const { hits } = await admin.search<{ ot_anomaly: { group: { kind: string; id: string } } }>({
    index,
    size: 1_000,
    query: { term: { 'event.kind': 'alert' } },
    _source: ['ot_anomaly.group'],
  });
  return hits.hits.map(({ _id, _source }) => `${_source?.ot_anomaly.group?.kind} ${_id}`).sort();
}

it('partitions tell the alerts of one undisturbed scorer, however many they are and whatever befalls them', async () => {
  const namespaces: string[] = [];
  for (let i = 0; i < 5; i++) namespaces.push(await outputs());
  const [one = '', two = '', four = '', twice = '', changing = ''] = namespaces;

  // Their number changes while rows come in: two, of which one lags behind; three, of which one is killed; one.
  await write(pieces[0] ?? []);
  const first = [start(changing, [0, 2]), start(changing, [1, 2], { pageSize: 50 })];
  await first[0]?.ready;
  await Promise.all(first.map(({ stop }) => stop()));
  await write(pieces[1] ?? []);
  const second = [0, 1, 2].map((i) => start(changing, [i, 3], { pageSize: 100 }));
  await Promise.all([second[0]?.ready, second[1]?.ready]);
  await Promise.all(second.map((scorer, i) => (i === 1 ? scorer.kill() : scorer.stop())));
  await write(pieces[2] ?? []);
  await untilAllIsJudged([start(changing, [0, 1])]);

  await untilAllIsJudged([
    start(one, [0, 1]),
    ...[0, 1].map((i) => start(two, [i, 2])),
    ...[0, 1, 2, 3].map((i) => start(four, [i, 4])),
    ...[0, 1, 0].map((i) => start(twice, [i, 2])),
  ]);

  const expected = await alertsOf(one);
  expect(new Set(expected.map((alert) => alert.split(' ')[0])).size).toBeGreaterThan(4);
  expect(await alertsOf(two)).toEqual(expected);
  expect(await alertsOf(four)).toEqual(expected);
  expect(await alertsOf(twice)).toEqual(expected);
  expect(await alertsOf(changing)).toEqual(expected);
}, 300_000);

describe('a partition', () => {
  const COUNT = 4;

  it('reads its own rows, of the others which relations were there, and no row is nobody’s', async () => {
    const position = new Date().toISOString();
    const from = site.from + 50 * DAY;
    const thinning = { observeSecondsPerHour: 3_600 };
    await write([...simulatePlant({ plant: site.plant, from, to: from + 60, thinning })], '/minute');
    const forged = await forge(position, [5_000, -3, '700', [5, 900], null, undefined]);

    const all = await readAs(position, 0, 1);
    const read = await Promise.all([0, 1, 2, 3].map((index) => readAs(position, index, COUNT)));
    // A first poll looks at others' rows of half a minute before, too.
    const parts = read.map((arrivals) => arrivals.filter(({ ingested }) => ingested >= position));
    const owned = parts.flatMap((arrivals, index) => arrivals.filter((arrival) => owns(index, arrival)));
    expect(all.length).toBeGreaterThan(1_000);
    expect(owned.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
    const ids = new Set(owned.map(({ id }) => id));
    expect(forged.filter((id) => !ids.has(id))).toEqual([]);
    for (const [index, arrivals] of parts.entries()) {
      const others = arrivals.filter((arrival) => !owns(index, arrival));
      const notOwn = all.length - (arrivals.length - others.length);
      expect(others.length / notOwn).toBeLessThan(0.1);
      expect(relationsOf(arrivals)).toEqual(relationsOf(all));
    }
  });

  const owns = (index: number, arrival: Arrival) =>
    shareOf({ index, count: COUNT }, { bucketField: loadProfile().bucket }).ownsArrival(
      arrival,
      arrival.row === undefined ? undefined : toOtRecord(arrival.row),
    );

  const relationsOf = (arrivals: readonly Arrival[]) =>
    new Set(
      arrivals.flatMap(({ row }) => {
        const record = row === undefined ? undefined : toOtRecord(row);
        return record === undefined ? [] : [`${record.log} ${record.source} ${record.destination}`];
      }),
    );

  /** Rows that did not come through our pipeline, and say what they like of their bucket. */
  async function forge(since: string, buckets: readonly unknown[]): Promise<string[]> {
    await admin.indices.refresh({ index: site.index });
    const { hits } = await admin.search<{ data_stream: { dataset: string }; ot_zeek: object }>({
      index: site.index,
      size: 1,
      query: {
        bool: {
          filter: [{ term: { 'ot_zeek.log': 'modbus' } }, { range: { 'event.ingested': { gte: since } } }],
        },
      },
    });
    const like = hits.hits[0]?._source;
    const operations = buckets.flatMap((bucket, i) => [
      { create: { _index: `logs-${like?.data_stream.dataset}-${site.namespace}`, _id: `forged${i}` } },
      {
        ...like,
        ot_zeek: {
          ...like?.ot_zeek,
          sample: { hash: 2 ** 48 - 1, ...(bucket === undefined ? {} : { bucket }) },
        },
      },
    ]);
    const { errors } = await admin.bulk({ operations, pipeline: '_none', refresh: true });
    expect(errors).toBe(false);
    return buckets.map((_, i) => `forged${i}`);
  }

  function readAs(position: string, index: number, count: number): Promise<readonly Arrival[]> {
    return arrivalsOf(readerOf(site, position, { partition: { index, count } }));
  }
});

describe('a bucket', () => {
  it('is the one that the ingest pipelines keep', async () => {
    const { hits } = await admin.search<{
      source: { address: string };
      destination: { address: string; port: number };
      ot_zeek: { sample: { bucket: number } };
    }>({
      index: site.index,
      size: 200,
      sort: ['ot_zeek.sample.hash'],
      query: { exists: { field: 'source.address' } },
    });
    expect(hits.hits.length).toBeGreaterThan(100);
    for (const { _source: row } of hits.hits) {
      if (row === undefined) continue;
      const { source, destination } = row;
      const ends = { source: source.address, destination: destination.address, port: destination.port };
      expect(bucketOf(ends)).toBe(row.ot_zeek.sample.bucket);
    }
  });
});
