import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Refresh } from '../../doctor/examined.js';
import { otTraffic } from '../../profiles/queries.js';
import type { IndexProfile } from '../../profiles/schema.js';
import { ElasticsearchError, explaining } from '../errors.js';

/** What Elasticsearch does where no interval is set. */
const REFRESH_DEFAULT_S = 1;
const LOOK_EVERY_MS = 100;
/** A site whose newest row is older than this has no live rows to watch. */
const LIVE_MS = 60_000;
const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };

export interface RefreshOptions {
  readonly index: string;
  readonly profile: IndexProfile;
  readonly watchSeconds: number;
  readonly newestArrival: number | undefined;
  readonly serverNow: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * How long a document waits until a search finds it: from the indices' settings where the credential may read them
 * (the parts' keys may not), else by watching rows arrive.
 */
export async function readRefresh(client: Client, options: RefreshOptions): Promise<Refresh> {
  const settings = await readSettings(client, options.index);
  if (settings !== undefined) return settings;
  const { newestArrival, serverNow, watchSeconds } = options;
  if (newestArrival === undefined || serverNow === undefined || serverNow - newestArrival > LIVE_MS)
    return { from: 'unknown', reason: 'this credential may not read settings, and no rows arrive just now' };
  if (watchSeconds === 0)
    return { from: 'unknown', reason: 'this credential may not read settings, and --watch is 0' };
  return watch(client, options, newestArrival);
}

async function readSettings(client: Client, index: string): Promise<Refresh | undefined> {
  try {
    const found = await explaining('reading refresh intervals', () =>
      client.indices.getSettings({
        index,
        name: 'index.refresh_interval',
        flat_settings: true,
        ignore_unavailable: true,
        allow_no_indices: true,
      }),
    );
    let slowest: { readonly index: string; readonly seconds: number } = {
      index,
      seconds: REFRESH_DEFAULT_S,
    };
    for (const [name, { settings }] of Object.entries(found)) {
      const flat = settings as Readonly<Record<string, unknown>> | undefined;
      const seconds = toSeconds(flat?.['index.refresh_interval']);
      if (seconds > slowest.seconds) slowest = { index: name, seconds };
    }
    return {
      from: 'settings',
      index: slowest.index,
      slowest: Number.isFinite(slowest.seconds) ? slowest.seconds : 'never',
    };
  } catch (error) {
    if (error instanceof ElasticsearchError && error.code === 'forbidden') return undefined;
    throw error;
  }
}

/** `30s` → 30, `-1` → infinity, unset → the default */
export function toSeconds(interval: unknown): number {
  if (interval === undefined || interval === null) return REFRESH_DEFAULT_S;
  if (String(interval).startsWith('-')) return Number.POSITIVE_INFINITY;
  const [, amount, unit] = /^([\d.]+)(ms|[smhd])$/.exec(String(interval)) ?? [];
  return amount === undefined ? REFRESH_DEFAULT_S : Number(amount) * (UNIT_SECONDS[unit ?? 's'] ?? 1);
}

/** The longest that the first of a batch of new documents had waited when a search first found it. */
async function watch(
  client: Client,
  { index, profile, watchSeconds, signal }: RefreshOptions,
  newest: number,
): Promise<Refresh> {
  const field = profile.arrival.field;
  const until = performance.now() + watchSeconds * 1000;
  let position = newest;
  let slowest = 0;
  let documents = 0;
  // What is visible at the first look had become so before anybody looked.
  let looked = false;
  while (performance.now() < until && !signal.aborted) {
    const { aggregations, hits } = await explaining('watching rows arrive', () =>
      client.search<
        unknown,
        {
          first?: { value: number | null };
          last?: { value: number | null };
          now?: { buckets: readonly { from?: number }[] };
        }
      >({
        index,
        size: 0,
        track_total_hits: true,
        query: {
          bool: {
            filter: [otTraffic(profile), { range: { [field]: { gt: position, format: 'epoch_millis' } } }],
          },
        },
        aggregations: {
          first: { min: { field } },
          last: { max: { field } },
          now: { date_range: { field, ranges: [{ from: 'now' }] } },
        },
      }),
    );
    const now = aggregations?.now?.buckets[0]?.from;
    const first = aggregations?.first?.value ?? undefined;
    const last = aggregations?.last?.value ?? undefined;
    if (looked && first !== undefined && now !== undefined) {
      slowest = Math.max(slowest, (now - first) / 1000);
      documents += typeof hits.total === 'object' ? hits.total.value : 0;
    }
    looked = true;
    position = Math.max(position, last ?? position);
    await sleep(LOOK_EVERY_MS);
  }
  return documents === 0
    ? { from: 'unknown', reason: `no row became visible within ${watchSeconds} s` }
    : { from: 'watching', slowest, documents };
}
