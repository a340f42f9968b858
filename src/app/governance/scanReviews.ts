import { readIncidents } from '../../elasticsearch/incidents.js';
import { readNewAssets, readNewestDrifts } from '../../elasticsearch/reviewFacts.js';
import { openReview, readReviews } from '../../elasticsearch/reviews.js';
import { readDecisions } from '../../elasticsearch/windowAlerts.js';
import { confirmedFalsePositives } from '../../governance/retrain/reviewedAlerts.js';
import { findCauses, type ReviewCause, type ReviewTask } from '../../governance/review/triggers.js';
import { productionModel } from '../../registry/productionModel.js';
import { type GovernanceContext, policiesInForce } from './context.js';
import { taintedModels } from './openIncident.js';

/**
 * Looks for what the policy says people must review, and opens a task for each cause that has none yet.
 *
 * @returns the causes that are new
 * @throws {GovernanceError} untrusted: the policy can't be trusted, or nothing is in production
 */
export async function scanReviews(context: GovernanceContext): Promise<readonly ReviewCause[]> {
  const { client, namespace, files, pinned, now } = context;
  const policies = policiesInForce(context);
  const production = productionModel(files, pinned, namespace, now());
  const incidents = await readIncidents(client, namespace);
  const decisions = await readDecisions(client, namespace);
  const since = production.loaded.model.options.to;
  const causes = findCauses({
    now: now(),
    frequency: policies.aiGovernance.review_schedule.frequency,
    lastScheduled: lastScheduled(await readReviews(client, namespace)) ?? pinned.deployments[0]?.at,
    falsePositives: confirmedFalsePositives(decisions),
    newAssets: await readNewAssets(client, namespace, production.loaded.model, since),
    missedIncidents: incidents.filter(({ missed }) => missed).map(({ id }) => id),
    taintedModels: incidents.flatMap((incident) =>
      taintedModels(files.folder, incident).map((model) => `${model.slice(0, 12)} by ${incident.id}`),
    ),
    driftedInputs: await readNewestDrifts(client, namespace, now()),
  });
  const opened: ReviewCause[] = [];
  for (const cause of causes) if (await openReview(client, namespace, cause, now())) opened.push(cause);
  return opened;
}

function lastScheduled(reviews: readonly ReviewTask[]): string | undefined {
  return reviews
    .flatMap(({ trigger, doneAt }) => (trigger === 'quarterly' && doneAt !== undefined ? [doneAt] : []))
    .sort()
    .pop();
}
