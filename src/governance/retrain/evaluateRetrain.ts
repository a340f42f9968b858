import type { DataReviewContent, RetrainContent } from '../approval/request.js';
import type { Incident } from '../incident/incident.js';
import type { ProhibitedCondition, RetrainingPolicy } from '../policy/retrainingPolicy.js';

/** Days after an incident's end whose data trains only after somebody looked through it by hand. */
export const POST_INCIDENT_DAYS = 30;
const DAY_MS = 86_400_000;

export interface RetrainRefusal {
  readonly code: ProhibitedCondition;
  readonly message: string;
}

export interface RetrainFacts {
  readonly incidents: readonly Incident[];
  /** granted reviews of data by hand */
  readonly dataReviews: readonly DataReviewContent[];
  /** alerts of the window that no person decided on, one by one */
  readonly undecidedAlerts: number;
}

/** Why the policy forbids this retrain now; empty if it doesn't. Whether people approved it is another question. */
export function evaluateRetrain(
  content: RetrainContent,
  facts: RetrainFacts,
  policy: RetrainingPolicy,
): readonly RetrainRefusal[] {
  const describe = (code: ProhibitedCondition) =>
    policy.prohibited_conditions.find(({ condition }) => condition === code)?.description ?? code;
  const open = facts.incidents.filter(({ closedAt }) => closedAt === undefined);
  const unreviewed = touchedIncidents(content, facts.incidents).filter(
    ({ id }) => !facts.dataReviews.some((review) => covers(review, content, id)),
  );
  const refusals: RetrainRefusal[] = [];
  const refuse = (code: ProhibitedCondition, what: string) =>
    refusals.push({ code, message: `${what}. ${describe(code)}` });
  if (open.length > 0) refuse('active_incident_open', `open: ${open.map(({ id }) => id).join(', ')}`);
  if (unreviewed.length > 0)
    refuse(
      'post_incident_window',
      `the window lies in the time of, or within ${POST_INCIDENT_DAYS} days after, ${unreviewed.map(({ id }) => id).join(', ')}`,
    );
  if (facts.undecidedAlerts > 0)
    refuse(
      'unreviewed_anomaly_cluster',
      `${facts.undecidedAlerts} alerts of the window have no decision of their own`,
    );
  return refusals;
}

/** Incidents whose time, from the first suspicion to 30 days after the end, the window touches. */
export function touchedIncidents(
  { from, to }: Pick<RetrainContent, 'from' | 'to'>,
  incidents: readonly Incident[],
): readonly Incident[] {
  return incidents.filter(
    ({ suspectedFrom, closedAt }) =>
      Date.parse(suspectedFrom) < Date.parse(to) &&
      (closedAt === undefined || Date.parse(closedAt) + POST_INCIDENT_DAYS * DAY_MS > Date.parse(from)),
  );
}

function covers(review: DataReviewContent, content: RetrainContent, incident: string): boolean {
  return (
    review.namespace === content.namespace &&
    review.incidents.includes(incident) &&
    Date.parse(review.from) <= Date.parse(content.from) &&
    Date.parse(review.to) >= Date.parse(content.to)
  );
}
