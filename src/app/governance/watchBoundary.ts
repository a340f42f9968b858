import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { askPrivileges, type BoundaryCheck, tryActs } from '../../elasticsearch/boundary.js';
import { explaining } from '../../elasticsearch/errors.js';
import { roles } from '../../setup/assets.js';
import { partOf } from '../../setup/parts.js';
import { canaryStreams, streamNames } from '../../setup/streams.js';
import { repeat } from '../repeat.js';

export interface OwnBoundary {
  /** holds the credential that the part works with */
  readonly client: Client;
  readonly part: string;
  readonly namespace: string;
  readonly newId: () => string;
  readonly now: () => Date;
}

export interface BoundaryWatch extends OwnBoundary {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** told of each check; where it found any, an AI worker stops, and the scorer goes on detecting and says so */
  readonly onChecked: (violations: readonly string[]) => Promise<void>;
}

const HOUR_MS = 3_600_000;

/**
 * Where the part's credential may do what its role doesn't say, or can't do what it does. Acts are tried only where the
 * cluster's own answer shows nothing: a credential that may too much must not be let loose even on canaries.
 *
 * @throws {ElasticsearchError} when the cluster can't be asked
 */
export async function violationsOfOwn({
  client,
  part,
  namespace,
  newId,
  now,
}: OwnBoundary): Promise<readonly string[]> {
  const role = roles().find((one) => partOf(one) === part);
  if (role === undefined) throw new TypeError(`there is no role for ${part}`);
  return explaining(`checking the boundary of ${part}`, async () => {
    const asked = (await askPrivileges(client, role, streamNames(namespace))).filter(({ ok }) => !ok);
    if (asked.length > 0) return asked.map(describe);
    const tried = await tryActs(client, role, canaryStreams(), newId(), now());
    return tried.filter(({ ok }) => !ok).map(describe);
  });
}

/** Checks now and every hour until the signal. A cluster that can't be asked is asked again the next hour. */
export async function watchBoundary(watch: BoundaryWatch): Promise<void> {
  await repeat(HOUR_MS, watch.signal, async () => {
    try {
      const violations = await violationsOfOwn(watch);
      if (violations.length > 0)
        watch.log.error(
          { violations: violations.slice(0, 20) },
          `BOUNDARY: the credential of the ${watch.part} oversteps its role in ${violations.length} ways`,
        );
      else watch.log.info(`the ${watch.part} can do what its role says and nothing else`);
      await watch.onChecked(violations);
    } catch (error) {
      watch.log.warn({ err: error }, 'the boundary could not be checked; it is tried again in an hour');
    }
  });
}

function describe({ act, target, expected, found }: BoundaryCheck): string {
  return `${act} ${target}: expected ${expected}, ${found}`;
}
