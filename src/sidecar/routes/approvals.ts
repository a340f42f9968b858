import type { Client } from '@elastic/elasticsearch';
import { Router } from 'express';
import { governanceStanding } from '../../app/governance/openRequests.js';
import type { StoredDraft } from '../../decision/opinion.js';
import { touchesTheProcess } from '../../decision/rules.js';
import { draftStanding } from '../../decision/standing.js';
import { alertsById } from '../../elasticsearch/alertQueue.js';
import { answersTo } from '../../elasticsearch/decisionStore.js';
import { newestAudit, scorers } from '../../elasticsearch/operations.js';
import { draftsSince } from '../../elasticsearch/opinionStore.js';
import { GovernanceError } from '../../governance/governanceError.js';
import { type Policies, readPolicies } from '../../governance/policy/policyFiles.js';
import { Pinned } from '../../registry/pinned.js';
import { RegistryFiles } from '../../registry/registryFiles.js';
import { sessionOf } from '../guard.js';
import { ModelShelf } from '../modelShelf.js';
import { show } from '../pages.js';
import type { Site } from '../site.js';

const DAYS = 30;
const DAY_MS = 86_400_000;

/** Drafts that no person has answered, or that two answered differently. */
export async function pendingOf(
  client: Client,
  namespace: string,
  drafts: readonly StoredDraft[],
): Promise<readonly (StoredDraft & { readonly standing: string })[]> {
  const answers = await answersTo(
    client,
    namespace,
    drafts.map(({ id }) => id),
  );
  return drafts
    .map((draft) => ({ ...draft, standing: draftStanding(draft.id, answers) }))
    .filter(({ standing }) => standing === 'pending_human_approval' || standing === 'conflict');
}

/** Drafts and signed requests that wait for people, the model in force and the policies it is under. */
export function approvalsRoute(site: Site): Router {
  const router = Router();
  const shelf = new ModelShelf(site.models);
  const registry = {
    files: new RegistryFiles(site.models),
    pinned: new Pinned(site.trust, { isView: true }),
    now: site.now,
  };
  router.get('/approvals', async (_request, response) => {
    const session = sessionOf(response);
    const { client } = session;
    const { namespace } = site;
    const since = new Date(site.now().getTime() - DAYS * DAY_MS);
    const [drafts, running, audit] = await Promise.all([
      draftsSince(client, namespace, since),
      scorers(client, namespace),
      newestAudit(client, namespace),
    ]);
    const pending = await pendingOf(client, namespace, drafts);
    const alerts = await alertsById(client, namespace, [...new Set(pending.map(({ alertId }) => alertId))]);
    const governance = governanceStanding(registry, namespace);
    show(site, response, session, 'approvals', {
      title: 'Approvals, model and policy',
      days: DAYS,
      pending: pending.map((draft) => ({
        ...draft,
        ticket: touchesTheProcess(draft),
        alert: alerts.get(draft.alertId),
      })),
      governance,
      models: running.map((scorer) => ({ scorer, ...summary(shelf, scorer.modelSha256) })),
      policy: governance.policies === undefined ? policyIn(site.policies) : { policies: governance.policies },
      audit,
    });
  });
  return router;
}

function summary(shelf: ModelShelf, sha256: string) {
  const loaded = shelf.find(sha256);
  if (loaded === undefined) return { found: false as const };
  const { options, baseline } = loaded.model;
  return {
    found: true as const,
    from: options.from,
    to: options.to,
    days: baseline.daysWithData,
    lab: baseline.shortBaseline,
    gaps: baseline.gaps,
  };
}

function policyIn(folder: string): { readonly policies?: Policies; readonly problem?: string } {
  try {
    return { policies: readPolicies(folder) };
  } catch (error) {
    if (error instanceof GovernanceError) return { problem: `${error.message} ${error.advice}` };
    throw error;
  }
}
