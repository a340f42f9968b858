import { readIncidents } from '../../elasticsearch/incidents.js';
import { readActs, readBoundaryResults, readDecisionCounts } from '../../elasticsearch/reportFacts.js';
import { readReviews } from '../../elasticsearch/reviews.js';
import { OtAnomalyError } from '../../errors.js';
import { rolesAt } from '../../governance/policy/approvers.js';
import type { ReportFacts } from '../../governance/report/sections.js';
import { productionModel } from '../../registry/productionModel.js';
import { verifyAudit } from '../verifyAudit.js';
import { showApproval } from './approvals.js';
import { type GovernanceContext, policiesInForce } from './context.js';
import { deploymentHistory } from './deployModel.js';
import { listModels } from './listModels.js';

/**
 * Collects what an auditor asks for of a period. What can't be trusted stands in it with the reason: a report is made
 * most of all when something is wrong.
 *
 * @param from ISO 8601, included
 * @param to ISO 8601, excluded
 * @param anchorFile heads of the audit chain kept outside Elasticsearch
 */
export async function collectReport(
  context: GovernanceContext,
  from: string,
  to: string,
  anchorFile: string | undefined,
): Promise<ReportFacts> {
  const { client, namespace, files, pinned, now } = context;
  const at = now();
  const production = orProblem(() => productionModel(files, pinned, namespace, at));
  const policies = orProblem(() => policiesInForce(context));
  const history =
    'problem' in policies
      ? { deployments: [], problems: [policies.problem] }
      : orProblem(() => deploymentHistory(context, policies));
  const inPeriod = (time: string) =>
    Date.parse(time) >= Date.parse(from) && Date.parse(time) < Date.parse(to);
  return {
    namespace,
    from,
    to,
    at: at.toISOString(),
    policies:
      'problem' in policies
        ? policies
        : {
            digests: { ...policies.digests },
            people: policies.approvers.people.map((person) => [person.id, rolesAt(person, at).join(', ')]),
          },
    production:
      'problem' in production
        ? [`PROBLEM: ${production.problem}`]
        : [
            `In production: model ${production.loaded.sha256}, deployment ${production.sequence}, alerts below ${production.alertLine}.`,
            ...production.problems.map(
              (problem) => `PROBLEM: not the newest deployment but the last good one: ${problem}`,
            ),
          ],
    deployments: 'deployments' in history ? history.deployments : [],
    deploymentProblems: 'problem' in history ? [history.problem] : history.problems,
    models: listModels(files, pinned, namespace, at),
    requests: requests(context).filter(({ requestedAt }) => inPeriod(requestedAt)),
    chain: await verifyAudit(client, namespace, anchorFile),
    anchorFile,
    acts: await readActs(client, namespace, from, to),
    boundary: await readBoundaryResults(client, namespace, from, to),
    decisions: await readDecisionCounts(client, namespace, from, to),
    incidents: await readIncidents(client, namespace),
    reviews: await readReviews(client, namespace),
  };
}

/** Requests of the registry; one that can't be judged is passed over here, since the policies' problem is told. */
export function requests(context: GovernanceContext): ReportFacts['requests'] {
  return context.files.listRequests().flatMap((digest) => {
    const verdict = orProblem(() => showApproval(context, digest));
    if ('problem' in verdict) return [];
    const { request, granted, approvals, refusals, sha256 } = verdict;
    const isUsed = refusals.length > 0 && refusals.every(({ code }) => code === 'used');
    return [
      {
        sha256,
        action: `${request.action} (${request.content.kind})`,
        requestedBy: request.requested_by,
        requestedAt: request.requested_at,
        ticket: request.ticket,
        state: granted ? ('granted' as const) : isUsed ? ('used' as const) : ('not granted' as const),
        approvals: approvals.map(({ approver, role }) => `${approver} as ${role}`),
      },
    ];
  });
}

function orProblem<T extends object>(act: () => T): T | { readonly problem: string } {
  try {
    return act();
  } catch (error) {
    if (error instanceof OtAnomalyError) return { problem: error.message };
    throw error;
  }
}
