import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { ArrivalReader } from '../../src/elasticsearch/arrivalReader.js';
import { readCheckpoint, writeCheckpoint } from '../../src/elasticsearch/checkpoints.js';
import { createClient } from '../../src/elasticsearch/client.js';
import { DocumentMaker, streamOf } from '../../src/ingest/sourceDocument.js';
import { loadProfile } from '../../src/profiles/load.js';
import { sha256 } from '../../src/registry/digest.js';
import { BUCKET_S } from '../../src/scoring/arrivalCounts.js';
import { faultyProxy } from '../fixtures/faultyProxy.js';
import { emptyState } from '../fixtures/scorerState.js';
import { cluster, testElasticsearch } from './cluster.js';
import { newId, type ScoredSite, scoredSite, startFollowing } from './scoredSite.js';

const HOUR = 3600;

let admin: Client;
let site: ScoredSite;
let known: { readonly master: string; readonly plc: string; readonly unit: number };

beforeAll(async () => {
  admin = cluster();
  site = await scoredSite();
  const [key = ''] = Object.keys(site.model.model.baseline.structure.functionCode).filter((k) =>
    k.endsWith('READ_HOLDING_REGISTERS'),
  );
  const [master = '', plc = '', , , unit = '1'] = key.split('|');
  known = { master, plc, unit: Number(unit) };
}, 600_000);
afterAll(() => site?.remove());

let strangers = 0;
/** A request of a host that nobody has seen: an alert by structure. */
function stranger(more: Record<string, unknown> = {}): Record<string, unknown> {
  strangers += 1;
  return request({ 'id.orig_h': `198.51.100.${strangers}`, ...more });
}

function request(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ts: Date.now() / 1000,
    uid: `C${process.hrtime.bigint()}`,
    'id.orig_h': known.master,
    'id.orig_p': 50_000,
    'id.resp_h': known.plc,
    'id.resp_p': 502,
    tid: 1,
    unit: known.unit,
    func: 'READ_HOLDING_REGISTERS',
    pdu_type: 'REQ',
    ...more,
  };
}

async function write(
  rows: readonly Record<string, unknown>[],
  log = 'modbus',
  sensor?: string,
): Promise<void> {
  const maker = new DocumentMaker({ namespace: site.namespace, path: '/live', run: 'live', sensor });
  const operations = rows.flatMap((row) => {
    const made = maker.make({ kind: 'row', log, line: 1, message: JSON.stringify(row) });
    return made === undefined ? [] : [{ create: { _index: made.index, _id: made.id } }, made.body];
  });
  const { errors } = await site.client('ingest').bulk({ operations });
  expect(errors).toBe(false);
}

async function anomalies(query: object): Promise<readonly unknown[]> {
  await admin.indices.refresh({ index: site.anomalies });
  const { hits } = await admin.search({
    index: site.anomalies,
    size: 1_000,
    query,
  });
  return hits.hits.flatMap(({ _source }) => _source ?? []);
}

/** Waits until Elasticsearch's clock, which is this machine's, has begun another stretch in which arrivals are counted. */
async function nextStretch(): Promise<void> {
  const length = BUCKET_S * 1_000;
  await sleep(length - (Date.now() % length) + 50);
}

const from = (address: unknown) => ({ term: { 'source.address': address } });

async function eventually<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (holds(found) || Date.now() > deadline) return found;
    await sleep(100);
  }
}

/** Sum of a number over all heartbeats of a scorer. */
async function told(scorer: string, name: string): Promise<number> {
  const index = `metrics-ot_anomaly.scorer-${site.namespace}`;
  await admin.indices.refresh({ index });
  const { aggregations } = await admin.search<unknown, { sum: { value: number } }>({
    index,
    size: 0,
    query: { term: { 'ot_anomaly.scorer.name': scorer } },
    aggregations: { sum: { sum: { field: `ot_anomaly.scorer.${name}` } } },
  });
  return aggregations?.sum.value ?? 0;
}

function recordingLog() {
  const lines: string[] = [];
  return { lines, log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }) };
}

describe('a document that becomes visible late', () => {
  it('is found by the wider re-read, judged by structure, and counted', async () => {
    const index = `logs-ot_zeek.dnp3-${site.namespace}`;
    const { lines, log } = recordingLog();
    await admin.indices.putSettings({ index, settings: { index: { refresh_interval: '-1' } } });
    const follower = startFollowing(site, { scorer: 'late', rereadSeconds: 1, overlapSeconds: 1, log });
    await follower.ready;
    await write([request()]);
    await nextStretch(); // counting begins with a whole stretch
    const hidden = stranger({ fc_request: 'READ', 'id.resp_p': 20_000 });
    await write([hidden], 'dnp3');
    await nextStretch();
    await nextStretch(); // beyond the overlap: once something newer was read, no poll reads so far back
    const newer = stranger();
    await write([newer]);
    await eventually(
      () => anomalies(from(newer['id.orig_h'])),
      ({ length }) => length > 0,
    );
    expect(await anomalies(from(hidden['id.orig_h']))).toEqual([]);
    await admin.indices.putSettings({ index, settings: { index: { refresh_interval: '250ms' } } });
    await admin.indices.refresh({ index });
    const found = await eventually(
      () => anomalies(from(hidden['id.orig_h'])),
      ({ length }) => length > 0,
    );
    await follower.stop();
    expect(found.length).toBe(1);
    expect(lines.join('')).toContain('documents became visible later than --overlap');
    expect(await told('late', 'found_late')).toBe(1);
    expect(await told('late', 'late')).toBe(1);
  }, 120_000);
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
    const follower = startFollowing(site, { scorer: 'idle', now: () => new Date(Date.now() + shift) });
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
      const now = () => new Date(Date.now() + shift);
      const follower = startFollowing(site, { scorer: sensor, now });
      await follower.ready;
      const at = Date.now() / 1000 + seconds;
      const odd = stranger({ ts: at });
      await write(
        [odd, ...Array.from({ length: 30 }, (_, i) => request({ ts: at + i / 10 }))],
        'modbus',
        sensor,
      );
      const other = stranger();
      await write([other]);
      await eventually(
        async () => (await anomalies(from(other['id.orig_h']))).length,
        (n) => n > 0,
      );
      expect((await anomalies(from(odd['id.orig_h']))).length).toBe(1);
      shift = 700_000; // the window in which they arrived is over
      const alerts = await eventually(
        () =>
          anomalies({
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
    const row = stranger();
    await write([row]);
    const found = await eventually(
      () => anomalies(from(row['id.orig_h'])),
      ({ length }) => length > 0,
    );
    await follower.stop();
    expect(found.length).toBe(1);
    expect(lines.join('')).toMatch(/this host's clock is 3\d\d\d s ahead of Elasticsearch's.*NTP/);
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
    const rows = Array.from({ length: 40 }, (_, i) => request({ ts: Date.now() / 1000 + i / 100 }));
    await write(rows);
    await admin.indices.refresh({ index: streamOf('modbus', site.namespace) });
    const reader = new ArrivalReader(site.client('scorer'), {
      index: site.index,
      profile: loadProfile(),
      position,
      overlapSeconds: 2,
      pageSize: 10,
    });
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
    const reader = new ArrivalReader(site.client('scorer'), {
      index: site.index,
      profile: loadProfile(),
      position,
      overlapSeconds: 2,
      pageSize: 1_000,
    });
    const ids: string[] = [];
    for await (const page of reader.poll()) ids.push(...page.map(({ id }) => id));
    return ids;
  }

  it('ends a window with a message; run again, it tells everything once', async () => {
    await make();
    const at = site.from + 40 * 86_400;
    const rows = Array.from({ length: 30 }, (_, i) => stranger({ ts: at + i }));
    await write(rows);
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
    const alerts = await anomalies({
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

describe('bulks that fail in part', () => {
  it('lose and double no alert', async () => {
    const rows = Array.from({ length: 20 }, () => stranger());
    const faulty = await faultyProxy(testElasticsearch().url, ['busy', 'partial', 'lost', 'partial', 'busy']);
    const key = site.keys['scorer']?.encoded ?? '';
    const through = createClient({ url: faulty.url, credential: { kind: 'apiKey', encoded: key } });
    const follower = startFollowing(site, { scorer: 'partial', client: through });
    await follower.ready;
    await write(rows);
    const query = {
      bool: {
        filter: [
          { terms: { 'source.address': rows.map((row) => String(row['id.orig_h'])) } },
          { term: { 'event.kind': 'alert' } },
        ],
      },
    };
    await eventually(
      () => anomalies(query),
      ({ length }) => length >= 20,
    );
    await follower.stop();
    expect((await anomalies(query)).length).toBe(20);
    expect(faulty.left()).toBe(0);
    await through.close();
    faulty.close();
  });
});

describe('sensor health', () => {
  it('is told once for a past window in which a sensor lost packets, and its intervals are not judged', async () => {
    const day = site.from + 45 * 86_400;
    const requests = Array.from({ length: 1_200 }, (_, i) =>
      request({ ts: day + i, uid: 'Clossy', 'id.orig_p': 50_001 }),
    );
    await write(requests, 'modbus', 'lossy');
    const lost = { ts_delta: 900, peer: 'w1', gaps: 120, acks: 1_000, percent_lost: 12 };
    await write([{ ts: day + 10, ...lost }], 'capture_loss', 'lossy');
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
    const alerts = await anomalies({
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
