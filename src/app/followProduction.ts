import { setTimeout as sleep } from 'node:timers/promises';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { messageOf } from '../errors.js';
import type { ProductionModel } from '../registry/productionModel.js';
import { type FollowOptions, followArrivals } from './followArrivals.js';

export interface FollowProductionOptions extends Omit<FollowOptions, 'model' | 'takesOver' | 'shadow'> {
  /** reads and verifies the registry; throws when no model may alert at all */
  readonly choose: () => ProductionModel;
  /** brings the registry's folder up to date before it is looked at again */
  readonly refresh?: () => Promise<void>;
  readonly reloadMs: number;
}

/**
 * Follows arrivals with the model that people signed, and takes each new deployment up where the one before stopped,
 * so that no document is passed over. A deployment that does not verify is not taken up: the last good model goes on,
 * and the log and the audit stream say why.
 *
 * @throws {GovernanceError} untrusted if no model may alert when it starts
 */
export async function followProduction(options: FollowProductionOptions): Promise<void> {
  let current = options.choose();
  await tellProblems(options, current.problems, current);
  while (!options.signal.aborted) {
    const turn = new AbortController();
    const watching = watch(options, current, turn);
    const { sequence, alertLine, structureOnly } = current;
    options.log.info(
      { sequence, alertLine, structureOnly },
      `deployment ${sequence} alerts below ${alertLine}`,
    );
    await followArrivals({
      ...options,
      model: current.loaded,
      takesOver: true,
      signal: AbortSignal.any([options.signal, turn.signal]),
    }).finally(() => turn.abort());
    const next = await watching;
    if (next === undefined) return;
    current = next;
  }
}

/** Looks at the registry until another deployment is in force, then ends the turn. */
async function watch(
  options: FollowProductionOptions,
  current: ProductionModel,
  turn: AbortController,
): Promise<ProductionModel | undefined> {
  let said = current.problems.join();
  for (;;) {
    const signal = AbortSignal.any([options.signal, turn.signal]);
    await sleep(options.reloadMs, undefined, { signal }).catch(() => {}); // woken by the signal
    if (signal.aborted) return undefined;
    await options.refresh?.().catch((error: unknown) => {
      options.log.warn({ err: error }, 'the registry could not be brought up to date');
    });
    const { found, problems } = look(options);
    if (problems.join() !== said) {
      said = problems.join();
      await tellProblems(options, problems, current).catch((error: unknown) => {
        options.log.warn(
          { err: error },
          'the audit record of a deployment that does not verify was not written',
        );
      });
    }
    if (found !== undefined && problems.length === 0 && found.deploymentSha256 !== current.deploymentSha256) {
      turn.abort();
      return found;
    }
  }
}

function look({ choose }: FollowProductionOptions): {
  readonly found: ProductionModel | undefined;
  readonly problems: readonly string[];
} {
  try {
    const found = choose();
    return { found, problems: found.problems };
  } catch (error) {
    return { found: undefined, problems: [messageOf(error)] }; // whatever it is: scoring goes on
  }
}

async function tellProblems(
  { client, namespace, newId, now, log }: FollowProductionOptions,
  problems: readonly string[],
  { loaded, sequence }: ProductionModel,
): Promise<void> {
  if (problems.length === 0) return;
  const message = `the registry does not verify; deployment ${sequence}, the last good one, goes on alerting`;
  log.error({ problems, sequence }, message);
  const record = {
    part: 'scorer',
    action: 'deployment-unverified',
    outcome: 'failure' as const,
    message,
    reasons: problems,
  };
  await writeAudit(client, namespace, { ...record, modelSha256: loaded.sha256 }, newId(), now());
}
