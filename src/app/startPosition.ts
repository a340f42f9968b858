import { noCounts, writeHeartbeat } from '../elasticsearch/heartbeat.js';
import { paddedNanos } from '../elasticsearch/nanos.js';
import { readServerClock } from '../elasticsearch/serverClock.js';
import type { FollowOptions } from './followArrivals.js';

/** Beyond this, clocks are not merely read at different moments. */
const CLOCKS_DIFFER_MS = 5_000;

/**
 * The arrival at which a scorer without checkpoint starts: the time it was given, or now by Elasticsearch's clock,
 * which it learns from its first heartbeat. A host whose clock differs is told so.
 */
export async function startPosition(options: FollowOptions): Promise<string> {
  const { client, namespace, scorer, model, log, startAt } = options;
  const id = options.newId();
  const now = options.now();
  await writeHeartbeat(
    client,
    namespace,
    { name: scorer, model_sha256: model.sha256, ...noCounts() },
    id,
    now,
    true,
  );
  const clock = await readServerClock(client, namespace, id);
  const ahead = clock === undefined ? 0 : now.getTime() - Date.parse(clock);
  if (Math.abs(ahead) > CLOCKS_DIFFER_MS) {
    const seconds = Math.round(Math.abs(ahead) / 1000);
    log.warn(
      { seconds, elasticsearch: clock, host: now.toISOString() },
      `this host's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} Elasticsearch's; arrivals go by Elasticsearch's clock, set this host's with NTP`,
    );
  }
  return paddedNanos(startAt?.toISOString() ?? clock ?? now.toISOString());
}
