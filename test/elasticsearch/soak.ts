import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type PartKey, writeKeys } from '../../src/config/keys.js';
import { roles } from '../../src/setup/assets.js';
import { ensurePart, partOf } from '../../src/setup/parts.js';
import { type SimulatedRow, simulatePlant } from '../../src/simulator/index.js';
import { type Fault, type FaultyProxy, faultyProxy } from '../fixtures/faultyProxy.js';
import { type Slope, slopeOf } from '../fixtures/slope.js';
import { testElasticsearch, uniqueNamespace } from './cluster.js';
import { eventually, type LiveSite } from './liveSite.js';
import { PASSWORD, setUp } from './parts.js';
import { startFollowing } from './scoredSite.js';
import { DAY } from './simulated.js';
import { type Sample, type SupervisedScorer, superviseScorer } from './supervisedScorer.js';

/** A short run in CI; the whole one, with a fault each minute, is `OT_ANOMALY_SOAK_MINUTES=120`. */
const MINUTES = Number(process.env['OT_ANOMALY_SOAK_MINUTES'] ?? 0);
const IS_LONG = MINUTES > 0;
/** The short run ends with its last fault. */
const LASTS_MS = IS_LONG ? MINUTES * 60_000 : 90_000;
const FAULT_EVERY_MS = IS_LONG ? 60_000 : 1_200;
const INTRUSION_EVERY_MS = IS_LONG ? 10_000 : 400;
const SEND_EVERY_MS = 250;
/** Memory is judged in the last life of the process, without its first minutes. */
const WARM_UP_MS = 10 * 60_000;
const STRETCH_MS = 5 * 60_000;
/** The process is killed, or loses its key, in the first part of the whole run only, so that its last life is long. */
const KILLED_UNTIL = IS_LONG ? 0.25 : 1;
/** MB an hour: below what a sampled process can be told from a flat one in so short a time. */
const FLAT_MB_AN_HOUR = 2;

/** As late as by default: who meets later rows judges them by structure alone, and which those are hangs on when it looked. */
const FOLLOWING = { lateness: 5, overlap: 2, 'page-size': 500, checkpoint: IS_LONG ? 10 : 1 };
const random = xoroshiro128plus(20);

let live: LiveSite;
let proxy: FaultyProxy;
let scorer: SupervisedScorer;
/** where the scorer that is disturbed writes, and where the one that isn't */
let [namespace, calm]: [string, string] = ['', ''];

const several = (count: number, fault: Fault): readonly Fault[] => Array<Fault>(count).fill(fault);

/** What may befall the way between scorer and Elasticsearch, or the scorer. */
const ON_THE_WAY: Readonly<Record<string, () => Promise<void>>> = {
  'refused as too busy': async () => proxy.add(several(5, 'busy')),
  'refused as not there': async () => proxy.add(several(8, 'unavailable')),
  'connections dropped': async () => proxy.add(several(6, 'dropped')),
  'answers lost': async () => proxy.add(several(4, 'lost')),
  'answers late': async () => proxy.add(several(3, 'slow')),
  'parts of bulks refused': async () => proxy.add(several(4, 'partial')),
  'points in time expired': async () => proxy.add(several(3, 'expired')),
  'network away': async () => {
    proxy.setAway(true);
    await sleep(IS_LONG ? uniformInt(random, 1, 30) * 1_000 : 1_000);
    proxy.setAway(false);
  },
};
/** Takes as long as the client waits. */
const STALLED: Readonly<Record<string, () => Promise<void>>> = {
  'no answer': async () => proxy.add(['stalled']),
};
const ON_THE_PROCESS: Readonly<Record<string, () => Promise<void>>> = {
  'scorer killed': async () => scorer.kill('SIGKILL'),
  'key rotated': rotateKey,
};

/** The old key is refused before the new one is read: the scorer has to end, by itself after a minute. */
async function rotateKey(): Promise<void> {
  const role = roles().find((one) => partOf(one) === 'scorer');
  if (role === undefined) throw new Error('there is no role for the scorer');
  const old = scorerKey;
  const options = { rotate: false, now: new Date(), newPassword: () => PASSWORD };
  scorerKey = (await ensurePart(live.admin, role, {}, options, false)).key;
  writeKeys(keysFile(), { scorer: scorerKey });
  await live.admin.security.invalidateApiKey({ ids: [old.id] });
  if (IS_LONG) return;
  await sleep(500);
  scorer.kill('SIGTERM');
}

let scorerKey: PartKey;
const keysFile = () => join(live.site.models, 'soak-keys.json');

/** Documents of the plant as time passes, moved to now. @returns how many */
async function sendTraffic(began: number, signal: AbortSignal): Promise<number> {
  const { plant, from } = live.site;
  const at = from + 31 * DAY + 9 * 3_600;
  const rows = simulatePlant({
    plant,
    from: at,
    to: at + LASTS_MS / 1000,
    thinning: { observeSecondsPerHour: 3_600 },
    scenarios: [],
  });
  let documents = 0;
  let next = rows.next();
  while (!signal.aborted && next.done !== true) {
    const due = new Map<string, Record<string, unknown>[]>();
    for (; next.done !== true && isDue(next.value); next = rows.next()) {
      const { log, row } = next.value;
      const moved = { ...row, ts: Number(row['ts']) - at + began / 1000 };
      due.set(log, [...(due.get(log) ?? []), moved]);
      documents += 1;
    }
    for (const [log, columns] of due) await live.write(columns, log);
    await sleep(SEND_EVERY_MS);
  }
  return documents;

  function isDue({ writtenAt }: SimulatedRow): boolean {
    return (writtenAt - at) * 1000 <= Date.now() - began;
  }
}

/** Now and then somebody does what the baseline does not have. @returns how many documents that made */
async function intrude(signal: AbortSignal): Promise<number> {
  const functions = ['WRITE_SINGLE_REGISTER', 'WRITE_MULTIPLE_COILS', 'REPORT_SLAVE_ID', 'DIAGNOSTICS'];
  let documents = 0;
  while (!signal.aborted) {
    const kind = uniformInt(random, 0, 3);
    const func = functions[uniformInt(random, 0, functions.length - 1)];
    const stranger = live.stranger({ func });
    const rows = kind === 0 ? [live.stranger()] : kind === 1 ? [live.request({ func })] : [stranger];
    if (kind < 3) await live.write(rows);
    else await live.write(scanOf(stranger), 'conn');
    documents += kind < 3 ? 1 : SCANNED;
    await sleep(INTRUSION_EVERY_MS);
  }
  return documents;
}

const SCANNED = 20;
function scanOf(stranger: Record<string, unknown>): Record<string, unknown>[] {
  const { ts, 'id.orig_h': source } = stranger;
  return Array.from({ length: SCANNED }, (_, i) => ({
    ts: Number(ts) + i / 1000,
    uid: `S${source}-${i}`,
    'id.orig_h': source,
    'id.orig_p': 50_000 + i,
    'id.resp_h': `203.0.113.${i + 1}`,
    'id.resp_p': 502,
    proto: 'tcp',
    conn_state: 'S0',
    orig_bytes: 0,
    resp_bytes: 0,
  }));
}

/** Each fault once in the short form; by chance in the long one. @returns how often each happened */
async function disturb(began: number): Promise<ReadonlyMap<string, number>> {
  const happened = new Map<string, number>();
  let left: string[] = [];
  while (Date.now() + FAULT_EVERY_MS < began + LASTS_MS) {
    await sleep(FAULT_EVERY_MS);
    if (!IS_LONG) await scorer.atWork();
    if (!IS_LONG && left.length === 0 && happened.size > 0) break;
    const isEarly = Date.now() - began < KILLED_UNTIL * LASTS_MS;
    const table = {
      ...ON_THE_WAY,
      ...(IS_LONG ? STALLED : {}),
      ...(isEarly ? ON_THE_PROCESS : {}),
    };
    left = left.filter((name) => name in table);
    if (left.length === 0) left = Object.keys(table);
    const [name = ''] = left.splice(uniformInt(random, 0, left.length - 1), 1);
    happened.set(name, (happened.get(name) ?? 0) + 1);
    await table[name]?.();
  }
  return happened;
}

/** What they are about, and their ids. */
async function alertsOf(writtenTo: string): Promise<readonly string[]> {
  const index = `logs-ot_anomaly.anomaly-${writtenTo}`;
  await live.admin.indices.refresh({ index });
  const { hits } = await live.admin.search({
    index,
    size: 10_000,
    query: { term: { 'event.kind': 'alert' } },
    _source: ['source.address', 'ot_anomaly.detector', 'ot_anomaly.group.kind'],
  });
  return hits.hits.map(({ _id, _source }) => `${_id} ${JSON.stringify(_source)}`).sort();
}

/** What an undisturbed scorer makes of the same documents, under the same ids. */
async function undisturbedAlerts(startAt: Date): Promise<readonly string[]> {
  const follower = startFollowing(live.site, {
    client: live.admin,
    namespace: calm,
    scorer: 'calm',
    startAt,
    latenessSeconds: FOLLOWING.lateness,
  });
  await follower.ready;
  await sleep((2 * FOLLOWING.lateness + 3) * 1_000); // until nothing waits behind the watermark
  await follower.stop();
  return alertsOf(calm);
}

/**
 * Resident memory of the last life against hours: the least of each stretch, since garbage that V8 has not collected yet
 * makes it swing by 80 MB and more within minutes.
 */
function memory(samples: readonly Sample[]): { readonly from: number; readonly to: number; slope?: Slope } {
  const { pid } = samples[samples.length - 1] ?? { pid: 0 };
  const own = samples.filter((sample) => sample.pid === pid);
  const started = own[0]?.at ?? 0;
  const least = new Map<number, number>();
  for (const { at, mb } of own.filter((sample) => sample.at - started >= (IS_LONG ? WARM_UP_MS : 0))) {
    const stretch = Math.floor((at - started) / STRETCH_MS);
    least.set(stretch, Math.min(least.get(stretch) ?? mb, mb));
  }
  const points = [...least].map(([stretch, mb]) => [(stretch * STRETCH_MS) / 3_600_000, mb] as const);
  const [from, to] = [points[0]?.[1] ?? 0, points[points.length - 1]?.[1] ?? 0];
  return points.length < 3 ? { from, to } : { from, to, slope: slopeOf(points) };
}

/** What a run of a scorer under faults came to. */
export interface Soaked {
  /** its alerts, in order of their text, each as often as it is there */
  readonly alerts: readonly string[];
  /** and of the undisturbed scorer's */
  readonly expected: readonly string[];
  /** exit code of the scorer when it was told to stop */
  readonly exitCode: number | null;
  readonly log: string;
  /** how often each fault happened */
  readonly faults: ReadonlyMap<string, number>;
  /** MB an hour; undefined where the run was too short to tell */
  readonly slope: Slope | undefined;
  /** what it told Prometheus at the end */
  readonly metrics: string;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function metricsAt(port: number): Promise<string> {
  return fetch(`http://127.0.0.1:${port}/metrics`).then(
    (response) => response.text(),
    () => '', // it is being started again
  );
}

/**
 * Runs a scorer on a plant's traffic and an intruder's, as they arrive, while one fault after the other hits; then lets an
 * undisturbed one judge the same documents. Prints what it came to.
 */
export async function soak(site: LiveSite): Promise<Soaked> {
  live = site;
  [namespace, calm] = [uniqueNamespace('soak'), uniqueNamespace('calm')];
  const keys = await setUp(namespace);
  await setUp(calm);
  const { scorer: given } = keys;
  if (given === undefined) throw new Error('set-up made no key for the scorer');
  scorerKey = given;
  writeKeys(keysFile(), { scorer: scorerKey });
  proxy = await faultyProxy(testElasticsearch().url, [], /./);
  const startAt = new Date(Date.now() - 1_000);
  const statusPort = await freePort();
  const { index, models } = site.site;
  const options = {
    ...FOLLOWING,
    ...{ 'poll-ms': 100, from: startAt.toISOString(), scorer: 'soak' },
    'status-port': statusPort,
    ...{ namespace, index, models },
  };
  scorer = superviseScorer(
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { HOME: models, ES_URL: proxy.url, OT_ANOMALY_KEYS_FILE: keysFile() },
  );
  try {
    await scorer.atWork();
    const began = Date.now();
    const disturbed = new AbortController();
    const [traffic, intrusions, faults] = await Promise.all([
      sendTraffic(began, disturbed.signal),
      intrude(disturbed.signal),
      disturb(began).finally(() => disturbed.abort()),
    ]);
    const expected = await undisturbedAlerts(startAt);
    await eventually(
      () => alertsOf(namespace),
      ({ length }) => length >= expected.length && proxy.left() === 0,
    );
    const metrics = await eventually(
      () => metricsAt(statusPort),
      (text) => text.includes('ot_anomaly_scorer_model_info{'), // with the first heartbeat of its last life
    );
    const { from, to, slope } = memory(scorer.samples);
    const exitCode = await scorer.stop();
    const alerts = await alertsOf(namespace);
    const [late, lateForCalm] = [
      await live.told('soak', 'late', namespace),
      await live.told('calm', 'late', calm),
    ];
    process.stderr.write(
      `${traffic + intrusions} documents in ${Math.round((Date.now() - began) / 1000)} s, ` +
        `faults ${JSON.stringify(Object.fromEntries(faults))}, ` +
        `${scorer.restarts} restarts: ${alerts.length} alerts, undisturbed ${expected.length}; ` +
        `late rows ${late}, undisturbed ${lateForCalm}; ` +
        `resident memory ${from.toFixed(0)} → ${to.toFixed(0)} MB` +
        `${slope === undefined ? '' : `, slope ${slope.slope.toFixed(1)} ± ${slope.error.toFixed(1)} MB/h`}\n`,
    );
    return { alerts, expected, exitCode, log: scorer.log(), faults, slope, metrics };
  } finally {
    await scorer.stop();
    proxy.close();
  }
}

/** Whether memory grew by no more than what can't be told from nothing. */
export function isFlat({ slope, error }: Slope): boolean {
  return slope < Math.max(FLAT_MB_AN_HOUR, 2 * error);
}

/** How long a run may take at most, its set-up included (ms). */
export const SOAK_AT_MOST_MS = LASTS_MS + 300_000;
/** How many kinds of faults a run has, all of which happen in the short form. */
export const FAULT_KINDS = Object.keys({ ...ON_THE_WAY, ...ON_THE_PROCESS }).length;
