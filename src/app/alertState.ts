import type { Client } from '@elastic/elasticsearch';
import { draftStanding, standingOf } from '../decision/standing.js';
import { readAlert } from '../elasticsearch/alertStore.js';
import { decisionsOn } from '../elasticsearch/decisionStore.js';
import { draftsOn, opinionsOn } from '../elasticsearch/opinionStore.js';

/** An alert with everything that was said and decided of it; undefined if there is no such alert. */
export async function alertState(client: Client, namespace: string, alertId: string) {
  const alert = await readAlert(client, namespace, alertId);
  if (alert === undefined) return undefined;
  const [decisions, opinions, drafts] = await Promise.all([
    decisionsOn(client, namespace, [alertId]),
    opinionsOn(client, namespace, [alertId]),
    draftsOn(client, namespace, alertId),
  ]);
  return {
    alert,
    decisions,
    standing: standingOf(decisions),
    opinion: opinions.get(alertId)?.[0],
    drafts: drafts.map((draft) => ({ ...draft, standing: draftStanding(draft.id, decisions) })),
  };
}
