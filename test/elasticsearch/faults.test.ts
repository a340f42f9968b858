import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/elasticsearch/checkpoints.js';
import { createClient } from '../../src/elasticsearch/client.js';
import { paddedNanos } from '../../src/elasticsearch/nanos.js';
import { type Fault, type FaultyProxy, faultyProxy } from '../fixtures/faultyProxy.js';
import { emptyState } from '../fixtures/scorerState.js';
import { testElasticsearch } from './cluster.js';
import { eventually, type LiveSite, liveSite, recordingLog } from './liveSite.js';
import { clientOf, setUp } from './parts.js';
import { type ScoredSite, startFollowing } from './scoredSite.js';
import { FAULT_KINDS, isFlat, SOAK_AT_MOST_MS, soak } from './soak.js';

/** How long Elasticsearch is away: seconds in CI, five minutes with `OT_ANOMALY_AWAY_SECONDS=300`. */
const AWAY_MS = Number(process.env['OT_ANOMALY_AWAY_SECONDS'] ?? 2) * 1000;

let live: LiveSite;
let site: ScoredSite;
let admin: Client;

beforeAll(async () => {
  live = await liveSite();
  ({ site, admin } = live);
}, 600_000);
afterAll(() => site?.remove());

const strangers = (count: number) => Array.from({ length: count }, () => live.stranger());

/** Every row has its alert, in the end and once. */
async function expectEachAlertedOnce(rows: readonly Record<string, unknown>[]): Promise<void> {
  const alerts = await eventually(
    () => live.alertsOf(rows),
    ({ length }) => length >= rows.length,
  );
  expect(alerts.length).toBe(rows.length);
}

describe('a scorer whose Elasticsearch', () => {
  async function through(on: RegExp, requestTimeout?: number) {
    const proxy = await faultyProxy(testElasticsearch().url, [], on);
    const encoded = site.keys['scorer']?.encoded ?? '';
    const client =
      requestTimeout === undefined
        ? createClient({ url: proxy.url, credential: { kind: 'apiKey', encoded } })
        : new Client({ node: proxy.url, auth: { apiKey: encoded }, requestTimeout, maxRetries: 0 });
    return { proxy, client };
  }

  /** Lets faults happen to a scorer that runs while strangers arrive; returns what it logged. */
  async function scores(
    scorer: string,
    { proxy, client }: { readonly proxy: FaultyProxy; readonly client: Client },
    faults: readonly Fault[],
    pageSize = 500,
  ): Promise<string> {
    const { lines, log } = recordingLog();
    const follower = startFollowing(site, { scorer, client, log, pageSize });
    await follower.ready;
    proxy.add(faults);
    const rows = strangers(20);
    await live.write(rows);
    await expectEachAlertedOnce(rows);
    await eventually(
      async () => proxy.left(),
      (left) => left === 0,
    );
    await follower.stop();
    await expectEachAlertedOnce(rows);
    expect(proxy.left()).toBe(0);
    await client.close();
    proxy.close();
    return lines.join('');
  }

  it('refuses as busy while it starts is waited for, and what is at no address at all is told at once', async () => {
    const { proxy, client } = await through(/_search|_bulk/);
    proxy.add([...Array<Fault>(4).fill('unavailable'), ...Array<Fault>(8).fill('busy')]);
    const { lines, log } = recordingLog();
    const follower = startFollowing(site, { scorer: 'starting', client, log });
    await follower.ready;
    expect(proxy.left()).toBe(0);
    const rows = strangers(5);
    await live.write(rows);
    await expectEachAlertedOnce(rows);
    await follower.stop();
    expect(lines.join('')).toContain('Elasticsearch is back; going on');
    expect(await live.told('starting', 'waited_ms')).toBeGreaterThan(0);
    proxy.setAway(true);
    const nowhere = startFollowing(site, { scorer: 'nowhere', client });
    await expect(nowhere.ready).rejects.toMatchObject({ code: 'unreachable' });
    await client.close();
    proxy.close();
  });

  it('takes some documents of a bulk and refuses others loses and doubles no alert', async () => {
    await scores('partial', await through(/_bulk/), ['busy', 'partial', 'lost', 'partial', 'busy']);
  });

  it('refuses with 429 and 503, drops connections and loses answers, in bursts, is waited for, and says for how long', async () => {
    const burst: Fault[] = [...Array<Fault>(3).fill('busy'), ...Array<Fault>(5).fill('unavailable')];
    const said = await scores('bursts', await through(/_search|_bulk|_pit/), [
      ...burst,
      'dropped',
      'lost',
      ...burst,
    ]);
    expect(said).toContain('waiting for it, nothing is lost');
    expect(said).toContain('Elasticsearch is back');
    expect(await live.told('bursts', 'faults')).toBeGreaterThan(0);
  });

  it('lets a point in time expire between two pages is asked again', async () => {
    await scores('expired', await through(/^\/_search/), ['expired', 'expired'], 20);
  });

  it('answers later than the client waits is asked again', async () => {
    await scores('slow', await through(/_search|_bulk/, 1_000), ['slow', 'slow', 'slow']);
  });

  it(
    `is away for ${AWAY_MS / 1000} seconds finds all that arrived meanwhile, and tells how long it waited`,
    async () => {
      const { proxy, client } = await through(/_bulk/);
      const { lines, log } = recordingLog();
      const follower = startFollowing(site, { scorer: 'away', client, log });
      await follower.ready;
      proxy.setAway(true);
      const rows = strangers(20);
      await live.write(rows);
      await eventually(
        async () => lines.join(''),
        (said) => said.includes('nothing is lost'),
      );
      await new Promise((resume) => setTimeout(resume, AWAY_MS));
      expect(await live.alertsOf(rows)).toEqual([]);
      proxy.setAway(false);
      await expectEachAlertedOnce(rows);
      await follower.stop();
      expect(await live.told('away', 'waited_ms')).toBeGreaterThan(AWAY_MS);
      if (AWAY_MS > 60_000) expect(lines.join('')).toContain('still waiting for Elasticsearch');
      await client.close();
      proxy.close();
    },
    180_000 + AWAY_MS,
  );

  it('is out of disk is waited for with advice about the disk', async () => {
    const { lines, log } = recordingLog();
    const follower = startFollowing(site, { scorer: 'disk', log });
    await follower.ready;
    const block = (on: boolean | null) =>
      admin.indices.putSettings({
        index: site.anomalies,
        settings: { index: { blocks: { read_only_allow_delete: on as boolean } } },
      });
    await block(true);
    const rows = strangers(20);
    await live.write(rows);
    const said = await eventually(
      async () => lines.join(''),
      (text) => text.includes('short of disk'),
    );
    expect(said).toMatch(/flood-stage watermark.*short of disk: free space/);
    await block(null);
    await expectEachAlertedOnce(rows);
    await follower.stop();
  });

  it('refuses a revoked key stops with advice; with a new one all is found, once', async () => {
    const keys = await setUp(site.namespace);
    let shift = 0;
    const follower = startFollowing(site, {
      scorer: 'rotated',
      client: clientOf(keys, 'scorer'),
      uptimeMs: () => performance.now() + shift,
    });
    await follower.ready;
    const before = strangers(5);
    await live.write(before);
    await expectEachAlertedOnce(before);
    await admin.security.invalidateApiKey({ ids: [keys['scorer']?.id ?? ''] });
    const between = strangers(5);
    await live.write(between);
    await new Promise((resume) => setTimeout(resume, 1_500)); // refused, and waited: a node that starts refuses too
    shift = 61_000;
    await expect(follower.following).rejects.toMatchObject({
      code: 'unauthenticated',
      advice: expect.stringContaining('"ot-anomaly setup" writes new keys'),
    });
    const again = startFollowing(site, { scorer: 'rotated', startAt: undefined });
    await again.ready;
    await expectEachAlertedOnce([...before, ...between]);
    await again.stop();
  });
});

describe('what arrives', () => {
  const odd = () => `logs-ot_zeek.odd-${site.namespace}`;

  it('malformed in the middle of a page, in an index of another mapping, or stamped in the future, hides nothing else', async () => {
    await admin.indices.create({
      index: odd(),
      mappings: {
        dynamic: false,
        properties: {
          'event.ingested': { type: 'date' }, // our own streams have date_nanos
          'event.kind': { type: 'keyword' },
          'ot_zeek.log': { type: 'keyword' },
        },
      },
    });
    const follower = startFollowing(site, { scorer: 'odd', pageSize: 7 });
    await follower.ready;
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const malformed = [
      {},
      { zeek: 'text' },
      { zeek: { ts: 'no time', modbus: ['a', { b: 1 }] }, source: 7, destination: [null] },
      { zeek: { ts: 1e300, modbus: { func: { deep: { deeper: [] } } } }, source: { address: {} } },
      { zeek: { ts: 1, modbus: null }, source: { address: '' }, destination: { address: 'x', port: 'y' } },
    ].map((rest, i) => ({
      event: { kind: 'event', ingested: at(i) },
      ot_zeek: { log: 'modbus' },
      ...rest,
    }));
    const future = {
      ...live.stranger(),
      event: { kind: 'event', ingested: at(3_600_000) },
      ot_zeek: { log: 'modbus' },
    };
    const [first, second] = [strangers(10), strangers(10)];
    await live.write(first);
    await admin.bulk({
      index: odd(),
      operations: [...malformed, future].flatMap((document) => [{ create: {} }, document]),
      refresh: true,
    });
    await live.write(second);
    await expectEachAlertedOnce([...first, ...second]);
    await follower.stop();
    expect(await live.told('odd', 'unreadable')).toBe(malformed.length);
    await admin.indices.delete({ index: odd() });
  });

  it('after Elasticsearch’s clock was set back is found, and it is said', async () => {
    const ahead = paddedNanos(new Date(Date.now() + 3_600_000).toISOString());
    await writeCheckpoint(
      site.client('scorer'),
      site.namespace,
      { scorer: 'back', modelSha256: site.model.sha256, position: ahead, state: emptyState(ahead) },
      new Date(),
    );
    let shift = 0;
    const { lines, log } = recordingLog();
    const uptimeMs = () => performance.now() + shift;
    const follower = startFollowing(site, { scorer: 'back', log, uptimeMs, rereadSeconds: 1 });
    await follower.ready;
    const rows = strangers(10);
    await live.write(rows);
    shift = 11_000; // a heartbeat is due, and tells what time it is there
    const metrics = `metrics-ot_anomaly.scorer-${site.namespace}`;
    await eventually(
      async () => {
        await admin.indices.refresh({ index: metrics });
        return lines.join('');
      },
      (said) => said.includes('set back'),
    );
    await expectEachAlertedOnce(rows);
    await follower.stop();
    expect(lines.join('')).toMatch(/stamped 3[56]\d\d s ahead of Elasticsearch's clock/);
  });
});

describe('a scorer that one fault after the other hits while documents arrive', () => {
  it(
    'gives the alerts of an undisturbed run, and its memory does not grow',
    async () => {
      const { alerts, expected, exitCode, log, faults, slope, metrics } = await soak(live);
      expect(expected.length).toBeGreaterThan(10);
      expect(alerts).toEqual(expected);
      expect(exitCode).toBe(0);
      expect(log.includes('waiting for it, nothing is lost')).toBe(true);
      expect(faults.size).toBeGreaterThanOrEqual(FAULT_KINDS);
      expect(metrics).toContain(`model_info{scorer="soak",sha256="${site.model.sha256}"} 1\n`);
      expect(metrics).toMatch(/^ot_anomaly_scorer_read_total [1-9]/m);
      expect(metrics).toMatch(/^ot_anomaly_scorer_poll_timestamp_seconds 1\.?\d+/m);
      if (slope !== undefined) expect(slope, JSON.stringify(slope)).toSatisfy(isFlat);
    },
    SOAK_AT_MOST_MS,
  );
});
