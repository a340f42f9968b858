import {
  countReviews,
  type ReviewCounts,
  readReviews,
  tellReviewOverdue,
} from '../../elasticsearch/reviews.js';
import { overdue } from '../../governance/review/triggers.js';
import type { GovernanceContext } from './context.js';

/**
 * Writes a document for each review that has become overdue, once, and one with how many are open and overdue: for
 * Kibana's charts and rules, and for whoever watches the metrics.
 */
export async function tellOverdue({ client, namespace, now }: GovernanceContext): Promise<ReviewCounts> {
  const at = now();
  const tasks = await readReviews(client, namespace);
  const late = overdue(tasks, at);
  for (const task of late) await tellReviewOverdue(client, namespace, task, at);
  const [oldest] = late.map(({ due }) => due).sort();
  const counts = {
    open: tasks.filter(({ doneAt }) => doneAt === undefined).length,
    overdue: late.length,
    ...(oldest === undefined ? {} : { oldestDue: oldest }),
  };
  await countReviews(client, namespace, counts, at);
  return counts;
}
