import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import type { ArrivalReader, ReaderState } from '../../src/elasticsearch/arrivalReader.js';
import { readCheckpoint, writeCheckpoint } from '../../src/elasticsearch/checkpoints.js';
import { readLateArrivals } from '../../src/elasticsearch/lateReader.js';
import { partitionRows } from '../../src/elasticsearch/partitionRows.js';
import { streamOf } from '../../src/ingest/sourceDocument.js';
import { loadProfile } from '../../src/profiles/load.js';
import { sha256 } from '../../src/registry/digest.js';
import { BUCKET_S } from '../../src/scoring/arrivalCounts.js';
import { WHOLE } from '../../src/scoring/partition.js';
import { emptyState } from '../fixtures/scorerState.js';
import { type Columns, eventually, type LiveSite, liveSite, recordingLog } from './liveSite.js';
import { arrivalsOf, newId, readerOf, type ScoredSite, startFollowing } from './scoredSite.js';

const HOUR = 3600;

let live: LiveSite;
let site: ScoredSite;
let admin: Client;

beforeAll(async () => {
  live = await liveSite();
  ({ site, admin } = live);
}, 600_000);
afterAll(() => site?.remove());

/** Waits until Elasticsearch's clock, which is this machine's, has begun another stretch in which arrivals are counted. */
async function nextStretch(): Promise<void> {
  const length = BUCKET_S * 1_000;
  await sleep(length - (Date.now() % length) + 50);
}

const from = (address: unknown) => ({ term: { 'source.address': String(address) } });

describe('a document that becomes visible late', () => {
  it('is found by the wider re-read, judged by structure, and counted', async () => {
    const index = `logs-ot_zeek.dnp3-${site.namespace}`;
    const { lines, log } = recordingLog();
    await admin.indices.putSettings({ index, settings: { index: { refresh_interval: '-1' } } });
    const follower = startFollowing(site, { scorer: 'late', rereadSeconds: 1, overlapSeconds: 1, log });
    await follower.ready;
    await live.write([live.request()]);
    await nextStretch(); // counting begins with a whole stretch
    const hidden = live.stranger({ fc_request: 'READ', 'id.resp_p': 20_000 });
    await live.write([hidden], 'dnp3');
    await nextStretch();
    await nextStretch(); // beyond the overlap: once something newer was read, no poll reads so far back
    const newer = live.stranger();
    await live.write([newer]);
    await eventually(
      () => live.anomalies(from(newer['id.orig_h'])),
      ({ length }) => length > 0,
    );
    expect(await live.anomalies(from(hidden['id.orig_h']))).toEqual([]);
    await admin.indices.putSettings({ index, settings: { index: { refresh_interval: '250ms' } } });
    await admin.indices.refresh({ index });
    const found = await eventually(
      () => live.anomalies(from(hidden['id.orig_h'])),
      ({ length }) => length > 0,
    );
    await follower.stop();
    expect(found.length).toBe(1);
    expect(lines.join('')).toContain('documents became visible later than --overlap');
    expect(await live.told('late', 'found_late')).toBe(1);
    expect(await live.told('late', 'late')).toBe(1);
  }, 120_000);
});

describe('documents whose arrival is stamped by hand', () => {
  const index = () => `logs-ot_zeek.stamped-${site.namespace}`;
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  let stamp: (row: Columns, arrivedAt: number) => Promise<string>;

  beforeEach(async () => {
    const stream = streamOf('modbus', site.namespace);
    const mapped = Object.values(await admin.indices.getMapping({ index: stream }))[0]?.mappings ?? {};
    await admin.indices.create({ index: index(), mappings: mapped });
    /** The document that our pipelines make of a row, with another arrival. */
    stamp = async (row, arrivedAt) => {
      await live.write([row]);
      await admin.indices.refresh({ index: stream });
      const { hits } = await admin.search<Record<string, unknown>>({
        index: stream,
        query: from(row['id.orig_h']),
        sort: [{ 'event.ingested': 'desc' }],
        size: 1,
      });
      const made = hits.hits[0]?._source ?? {};
      const event = { ...(made['event'] as object), ingested: at(arrivedAt) };
      const { _id } = await admin.index({ index: index(), document: { ...made, event }, refresh: true });
      return _id;
    };
  });
  afterEach(async () => {
    await admin.indices.delete({ index: index() });
  });

  it('are found once by the wider re-read, each of a stretch that had others, and by no poll afterwards', async () => {
    const begin = Math.floor(Date.now() / 1000 / BUCKET_S) * BUCKET_S - 600;
    const reader = readerOf(site, at(begin), { index: index() });
    for (const second of [1, 3, 5, 9, 15]) await stamp(live.request(), begin + second);
    expect((await arrivalsOf(reader)).length).toBe(5);
    const reread = async () => {
      const late = await readLateArrivals(site.client('scorer'), index(), reader.counts, {
        until: reader.readAgainUntil,
        pageSize: 2,
        profile: loadProfile(),
        rows: partitionRows(loadProfile(), WHOLE).own,
      });
      return { ids: late.arrivals.map(({ id }) => id), settle: () => reader.settle(late) };
    };
    expect((await reread()).ids).toEqual([]);
    const first = await stamp(live.request(), begin + 5.5);
    const other = await stamp(live.request(), begin + 9.5);
    expect((await reread()).ids).toEqual([first, other]);
    const again = await reread(); // what became of the first is not known: a fault may have come in between
    expect(again.ids).toEqual([first, other]);
    again.settle();
    const second = await stamp(live.request(), begin + 5.6);
    expect((await arrivalsOf(reader, true)).map(({ id }) => id)).toEqual([second]);
    const third = await stamp(live.request(), begin + 5.7);
    expect((await reread()).ids).toEqual([third]);
  });

  it('are found that were late when a scorer stopped, however long it was away', async () => {
    const begin = Math.floor(Date.now() / 1000 / BUCKET_S) * BUCKET_S - 3 * HOUR;
    const options = { index: index(), scorer: 'away', startAt: new Date(begin * 1000), overlapSeconds: 1 };
    for (const second of [1, 3, 5, 9, 15]) await stamp(live.request(), begin + second);
    const before = startFollowing(site, options);
    await before.ready;
    await before.stop();
    const late = live.stranger();
    await stamp(late, begin + 7);
    await stamp(live.request(), begin + 2 * HOUR); // further on than the wider re-read looks back
    const after = startFollowing(site, { ...options, startAt: undefined });
    await after.ready;
    await after.stop();
    expect((await live.alertsOf([late])).length).toBe(1);
    expect(await live.told('away', 'found_late')).toBe(1);
  });
});

describe('rows of cyclic I/O', () => {
  it('are read by the second, and a new relation is an alert', async () => {
    const follower = startFollowing(site, { scorer: 'cyclic', pageSize: 50 });
    await follower.ready;
    const first = live.stranger({ 'id.resp_p': 2_222 });
    const ts = Date.now() / 1000;
    const rows = Array.from({ length: 1_000 }, (_, i) => ({
      ...first,
      ts: ts + i / 500,
      sequence_number: i,
    }));
    await live.write(rows.slice(0, 600), 'cip_io');
    await live.write([live.request()]);
    await live.write(rows.slice(600), 'cip_io');
    const alerts = await eventually(
      () => live.alertsOf([first]),
      ({ length }) => length > 0,
    );
    await sleep(1_500); // polls that look at the same seconds again
    await follower.stop();
    expect(alerts.length).toBe(1);
    const read = await live.told('cyclic', 'read');
    expect(read).toBeGreaterThan(1);
    expect(read).toBeLessThan(20);
    const again = startFollowing(site, { scorer: 'cyclic' });
    await again.ready;
    await again.stop();
    expect(await live.told('cyclic', 'read')).toBe(read);
    expect((await live.alertsOf([first])).length).toBe(1);
  }, 120_000);

  it('are not read that arrived before the overlap, however far ahead this host’s clock is', async () => {
    const row = live.stranger({ 'id.resp_p': 2_222 });
    await live.write([row], 'cip_io');
    await admin.indices.refresh({ index: streamOf('cip_io', site.namespace) });
    await sleep(3_000); // longer than the overlap and the second in which it began
    const reader = readerOf(site, new Date().toISOString(), {
      now: () => new Date(Date.now() + 700 * HOUR * 1000),
    });
    const logs = (await arrivalsOf(reader)).map(({ row: read }) => read?.log);
    expect(logs).not.toContain('cip_io');
  });
});

describe('the overlap of polls', () => {
  const refresh = (log: string) =>
    admin.indices.refresh({ index: streamOf(log, site.namespace) }).then(() => sleep(10));
  const write = async (count: number, log = 'modbus') => {
    await live.write(
      Array.from({ length: count }, () => live.request()),
      log,
    );
  };
  const following = () => {
    const client = site.client('scorer');
    let hits = 0;
    client.diagnostic.on('response', (_, result) => {
      hits += (result?.body as { hits?: { hits?: unknown[] } } | undefined)?.hits?.hits?.length ?? 0;
    });
    const options = { overlapSeconds: 10, pageSize: 1_000 };
    const reader = readerOf(site, new Date().toISOString(), options, client);
    const poll = async () => {
      hits = 0;
      const read = (await arrivalsOf(reader)).length;
      return { read, hits };
    };
    return { reader, poll, options };
  };

  it('is counted, and read again from where more is found only', async () => {
    const { poll } = following();
    await write(40);
    await refresh('modbus');
    expect(await poll()).toEqual({ read: 40, hits: 40 });
    await sleep(200); // to another step of the count
    await write(1);
    await refresh('modbus');
    const next = await poll();
    expect(next.read).toBe(1);
    expect(next.hits).toBeLessThanOrEqual(41); // what arrived in the instant of the position is read again
    const none = await poll();
    expect(none.read).toBe(0);
    expect(none.hits).toBeLessThan(5);
  });

  it('yields what arrived before the newest that was read, and became visible after it', async () => {
    const { poll } = following();
    await write(40);
    await refresh('modbus');
    expect((await poll()).read).toBe(40);
    const index = streamOf('modbus', site.namespace);
    await admin.indices.putSettings({ index, settings: { index: { refresh_interval: '-1' } } });
    await write(7);
    await write(3, 'dnp3');
    await refresh('dnp3');
    expect((await poll()).read).toBe(3);
    await refresh('modbus');
    expect((await poll()).read).toBe(7);
    expect((await poll()).read).toBe(0);
    await admin.indices.putSettings({ index, settings: { index: { refresh_interval: '250ms' } } });
  });

  it('is read whole, nothing of it twice, by whoever goes on from a checkpoint', async () => {
    const { reader, poll, options } = following();
    await write(20);
    await refresh('modbus');
    expect((await poll()).read).toBe(20);
    await write(2);
    await refresh('modbus');
    const resumed = readerOf(site, reader.position, { ...options, resume: reader.state() });
    expect((await arrivalsOf(resumed)).length).toBe(2);
    expect((await arrivalsOf(resumed)).length).toBe(0);
  });
});

describe('a scorer’s beginning', () => {
  const reader = (position: string, resume?: ReaderState) =>
    readerOf(site, position, resume === undefined ? {} : { resume });
  const read = async (from: ArrivalReader, afterFault: boolean) =>
    (await arrivalsOf(from, afterFault)).length;
  const write = async (count: number) => {
    await live.write(Array.from({ length: count }, () => live.request()));
    await admin.indices.refresh({ index: streamOf('modbus', site.namespace) });
    await sleep(10); // arrivals are compared by the millisecond
  };

  it('is what nothing that arrived before it is read for, after a fault neither', async () => {
    await write(10);
    const began = reader(new Date().toISOString());
    expect(await read(began, false)).toBe(0);
    expect(await read(began, true)).toBe(0);
    await write(3);
    expect(await read(began, true)).toBe(3);
  });

  it('is, resumed, the overlap before its checkpoint: what the process before it read further back is not read again', async () => {
    const before = reader(new Date().toISOString());
    await write(10);
    expect(await read(before, false)).toBe(10);
    await sleep(2_500); // longer than the overlap and the second by which a checkpoint keeps more
    await write(1);
    expect(await read(before, false)).toBe(1);
    const resumed = reader(before.position, before.state());
    expect(await read(resumed, true)).toBe(0);
    await write(2);
    expect(await read(resumed, true)).toBe(2);
  });

  it('stays where it was for whoever goes on within the overlap', async () => {
    await write(5);
    const before = reader(new Date().toISOString());
    await write(1);
    expect(await read(before, false)).toBe(1);
    expect(await read(reader(before.position, before.state()), true)).toBe(0);
  });

  it('moves back with the clock that was set back', async () => {
    const early = new Date().toISOString();
    await write(4);
    const began = reader(new Date().toISOString());
    expect(await read(began, false)).toBe(0);
    began.rewind(early);
    expect(await read(began, false)).toBe(4);
  });
});

describe('a checkpoint', () => {
  const good = { scorer: 'half-written', modelSha256: 'm', position: '2026-01-01T00:00:00.000000000Z' };
  const checkpointIndex = () => `logs-ot_anomaly.checkpoint-${site.namespace}`;

  it.each<[string, Record<string, unknown>]>([
    ['that lacks its state', {}],
    ['whose state is cut off', { sha256: 'ab', state: { gzip: 'H4sIAAAA' } }],
    [
      'whose state is no gzip',
      { sha256: sha256(Buffer.from('junk')), state: { gzip: Buffer.from('junk').toString('base64') } },
    ],
    [
      'whose state is another’s',
      (() => {
        const packed = gzipSync('{"reader":1}');
        return { sha256: sha256(packed), state: { gzip: packed.toString('base64') } };
      })(),
    ],
  ])('%s is passed over for the one before', async (_, broken) => {
    const scorer = site.client('scorer');
    await writeCheckpoint(scorer, site.namespace, { ...good, state: emptyState(good.position) }, new Date());
    await scorer.create({
      index: checkpointIndex(),
      id: newId(),
      refresh: true,
      document: {
        '@timestamp': new Date().toISOString(),
        ot_anomaly: {
          checkpoint: { scorer: good.scorer, model_sha256: 'm', position: '2030-01-01T00:00:00Z', ...broken },
        },
      },
    });
    const { checkpoint, damaged } = await readCheckpoint(scorer, site.namespace, good.scorer, 'm');
    expect(damaged).toBe(1);
    expect(checkpoint?.position).toBe(good.position);
  });

  it('that can’t be read, as all others, is a reason to ask from when on to read, and none to start now', async () => {
    const scorer = 'unreadable';
    const position = new Date().toISOString();
    const { model } = site;
    const state = { ...emptyState(position), stage: { ...emptyState(position).stage } };
    state.stage.charts = { drift: [['a chart of another version', 7]] };
    const client = site.client('scorer');
    await writeCheckpoint(
      client,
      site.namespace,
      { scorer, modelSha256: model.sha256, position, state },
      new Date(),
    );
    const refused = startFollowing(site, { scorer, startAt: undefined });
    await expect(refused.ready).rejects.toMatchObject({
      code: 'unreadable_checkpoint',
      message: expect.stringContaining(`scorer ${scorer} can't be read`),
      advice: expect.stringContaining('--from'),
    });
    const { lines, log } = recordingLog();
    const told = startFollowing(site, { scorer, startAt: new Date(), log });
    await told.ready;
    await told.stop();
    expect(lines.join('')).toContain('starting at --from');
  });

  it('is chosen by Elasticsearch’s clock, whatever this host’s says', async () => {
    const scorer = site.client('scorer');
    const write = (position: string, now: number) =>
      writeCheckpoint(
        scorer,
        site.namespace,
        { scorer: 'set-back', modelSha256: 'm', position, state: emptyState(position) },
        new Date(now),
      );
    await write('2026-01-01T00:00:00.000000000Z', Date.now() + HOUR * 1000);
    await write('2026-01-02T00:00:00.000000000Z', Date.now());
    const { checkpoint } = await readCheckpoint(scorer, site.namespace, 'set-back', 'm');
    expect(checkpoint?.position).toBe('2026-01-02T00:00:00.000000000Z');
  });

  it('is written again within a day although nothing arrived', async () => {
    let shift = 0;
    const follower = startFollowing(site, { scorer: 'idle', uptimeMs: () => performance.now() + shift });
    await follower.ready;
    const count = async () =>
      (
        await admin.count({
          index: checkpointIndex(),
          query: { term: { 'ot_anomaly.checkpoint.scorer': 'idle' } },
        })
      ).count;
    const before = await count();
    shift = 24 * HOUR * 1000 + 1_000;
    expect(await eventually(count, (n) => n > before)).toBe(before + 1);
    await follower.stop();
  });
});

describe('clocks', () => {
  it.each([
    ['ahead', HOUR],
    ['behind', -HOUR],
  ])(
    'an hour %s: rows of such a sensor are alerted on, hold nobody else up, and the sensor is told of',
    async (what, seconds) => {
      let shift = 0;
      const sensor = `skewed-${what}`;
      const uptimeMs = () => performance.now() + shift;
      const follower = startFollowing(site, { scorer: sensor, uptimeMs });
      await follower.ready;
      const at = Date.now() / 1000 + seconds;
      const odd = live.stranger({ ts: at });
      await live.write(
        [odd, ...Array.from({ length: 30 }, (_, i) => live.request({ ts: at + i / 10 }))],
        'modbus',
        sensor,
      );
      const other = live.stranger();
      await live.write([other]);
      await eventually(
        async () => (await live.anomalies(from(other['id.orig_h']))).length,
        (n) => n > 0,
      );
      expect((await live.anomalies(from(odd['id.orig_h']))).length).toBe(1);
      shift = 700_000; // the window in which they arrived is over
      const alerts = await eventually(
        () =>
          live.anomalies({
            bool: {
              filter: [
                { term: { 'observer.name': sensor } },
                { term: { 'ot_anomaly.detector': 'sensor_health' } },
              ],
            },
          }),
        ({ length }) => length > 0,
      );
      await follower.stop();
      expect(alerts.length).toBe(1);
      expect(alerts[0]).toMatchObject({
        event: { kind: 'alert', action: 'ot-anomaly-sensor-impaired' },
        ot_anomaly: { sensor: { condition: 'clock_skew' }, group: { kind: 'sensor' } },
        message: expect.stringMatching(
          new RegExp(`36\\d\\d s .*${what === 'ahead' ? 'ahead of' : 'before'}.*NTP`),
        ),
      });
    },
    120_000,
  );

  it('of this host an hour ahead of Elasticsearch’s: it says so, and misses nothing that arrives from its start on', async () => {
    const { lines, log } = recordingLog();
    const follower = startFollowing(site, {
      scorer: 'host-ahead',
      now: () => new Date(Date.now() + HOUR * 1000),
      startAt: undefined,
      log,
    });
    await follower.ready;
    const row = live.stranger();
    await live.write([row]);
    const found = await eventually(
      () => live.anomalies(from(row['id.orig_h'])),
      ({ length }) => length > 0,
    );
    await follower.stop();
    expect(found.length).toBe(1);
    expect(lines.join('')).toMatch(/this host's clock is 3\d\d\d s ahead of Elasticsearch's.*NTP/);
  });

  it.each([
    ['26 years on', 26 * 365 * 24 * HOUR],
    ['a day back', -24 * HOUR],
  ])('of this host that is set %s while it runs changes nothing of what is told', async (what, seconds) => {
    let shift = 0;
    const silent = async () =>
      (await live.anomalies({ term: { 'ot_anomaly.sensor.condition': 'silent' } })).length;
    const before = await silent();
    const scorer = `set-${what.replaceAll(' ', '-')}`;
    const follower = startFollowing(site, {
      scorer,
      now: () => new Date(Date.now() + shift),
      rereadSeconds: 1,
    });
    await follower.ready;
    shift = seconds * 1000;
    await sleep(500); // polls that find nothing, and tell the time
    const row = live.stranger();
    await live.write([row]);
    const found = await eventually(
      () => live.alertsOf([row]),
      ({ length }) => length > 0,
    );
    const count = () =>
      admin.count({
        index: `logs-ot_anomaly.checkpoint-${site.namespace}`,
        query: { term: { 'ot_anomaly.checkpoint.scorer': scorer } },
      });
    expect((await eventually(count, (checkpoints) => checkpoints.count > 1)).count).toBeGreaterThan(1);
    await follower.stop();
    expect(found.length).toBe(1);
    expect(await silent()).toBe(before);
  });
});

describe('an index that is deleted while it is read', () => {
  const extra = () => `logs-ot_zeek.zzz-${site.namespace}`;
  const make = async () => {
    await admin.indices.create({
      index: extra(),
      mappings: {
        properties: {
          'event.ingested': { type: 'date_nanos' },
          'event.kind': { type: 'keyword' },
          'ot_zeek.log': { type: 'keyword' },
          'ot_zeek.sample.hash': { type: 'long' },
          'zeek.ts': { type: 'double' },
        },
      },
    });
  };

  it('fails the page, so that nothing of the others is passed over; the next poll reads what is there', async () => {
    const position = new Date(Date.now() - 1_000).toISOString();
    await make();
    const rows = Array.from({ length: 40 }, (_, i) => live.request({ ts: Date.now() / 1000 + i / 100 }));
    await live.write(rows);
    await admin.indices.refresh({ index: streamOf('modbus', site.namespace) });
    const reader = readerOf(site, position, { overlapSeconds: 2, pageSize: 10 });
    let read = 0;
    const half = async () => {
      for await (const page of reader.poll()) {
        read += page.length;
        if (read === 10) await admin.indices.delete({ index: extra() });
      }
    };
    await expect(half()).rejects.toMatchObject({
      code: 'index_gone',
      message: expect.stringContaining('an index was deleted while it was being read'),
      advice: expect.stringContaining('Run the same command again'),
    });
    expect(read).toBe(10);
    for await (const page of reader.poll()) read += page.length;
    expect(read).toBeGreaterThanOrEqual(40);
    expect((await readAgain(position)).length).toBe(read);
  });

  async function readAgain(position: string): Promise<readonly string[]> {
    const reader = readerOf(site, position, { overlapSeconds: 2, pageSize: 1_000 });
    return (await arrivalsOf(reader)).map(({ id }) => id);
  }

  it('ends a window with a message; run again, it tells everything once', async () => {
    await make();
    const at = site.from + 40 * 86_400;
    const rows = Array.from({ length: 30 }, (_, i) => live.stranger({ ts: at + i }));
    await live.write(rows);
    await admin.indices.refresh({ index: streamOf('modbus', site.namespace) });
    let pages = 0;
    const window = () =>
      scoreWindow({
        client: site.client('scorer'),
        index: site.index,
        namespace: site.namespace,
        model: site.model,
        from: at,
        to: at + 100,
        pageSize: 10,
        now: () => new Date(),
        newId,
        onProgress: () => {
          pages += 1;
        },
        signal: new AbortController().signal,
      });
    const deleted = eventually(
      async () => pages,
      (n) => n > 0,
    ).then(() => admin.indices.delete({ index: extra() }));
    const first = await window().then(
      () => 'read to its end before the index was gone',
      (error: unknown) => error,
    );
    await deleted;
    if (typeof first !== 'string') expect(first).toMatchObject({ code: 'index_gone' });
    await window();
    const alerts = await live.anomalies({
      bool: {
        filter: [
          { terms: { 'source.address': rows.map((row) => String(row['id.orig_h'])) } },
          { term: { 'event.kind': 'alert' } },
          { term: { 'ot_anomaly.group.kind': 'communication' } }, // one a source; fan-out has a group of its own
        ],
      },
    });
    expect(alerts.length).toBe(30);
  });
});

describe('sensor health', () => {
  it('is told once for a past window in which a sensor lost packets, and its intervals are not judged', async () => {
    const day = site.from + 45 * 86_400;
    const requests = Array.from({ length: 1_200 }, (_, i) =>
      live.request({ ts: day + i, uid: 'Clossy', 'id.orig_p': 50_001 }),
    );
    await live.write(requests, 'modbus', 'lossy');
    const lost = { ts_delta: 900, peer: 'w1', gaps: 120, acks: 1_000, percent_lost: 12 };
    await live.write([{ ts: day + 10, ...lost }], 'capture_loss', 'lossy');
    await admin.indices.refresh({ index: site.index });
    const score = () =>
      scoreWindow({
        client: site.client('scorer'),
        index: site.index,
        namespace: site.namespace,
        model: site.model,
        from: day,
        to: day + 1_200,
        pageSize: 500,
        now: () => new Date(),
        newId,
        onProgress: () => {},
        signal: new AbortController().signal,
      });
    const result = await score();
    expect(result.abstained).toBeGreaterThan(800);
    expect(result.abstained).toBeLessThan(910);
    await score();
    const alerts = await live.anomalies({
      bool: {
        filter: [
          { term: { 'ot_anomaly.detector': 'sensor_health' } },
          { term: { 'observer.name': 'lossy' } },
        ],
      },
    });
    expect(alerts.length).toBe(1);
    expect(alerts[0]).toMatchObject({
      event: { kind: 'alert' },
      message: expect.stringContaining('lossy did not see 12.0 %'),
      ot_anomaly: { sensor: { condition: 'capture_loss' } },
    });
  });
});
