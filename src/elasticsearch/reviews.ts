import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import {
  dueOf,
  type ReviewCause,
  type ReviewTask,
  type ReviewTrigger,
  reviewId,
} from '../governance/review/triggers.js';
import { sha256 } from '../registry/digest.js';
import { bulkCreate } from './bulkCreate.js';
import { explaining } from './errors.js';
import { outputDocument } from './outputDocument.js';
import { PointInTime } from './pointInTime.js';

const stored = z.object({
  '@timestamp': z.string(),
  user: z.object({ name: z.string() }),
  event: z.object({ ingested: z.string() }),
  ot_anomaly: z.object({
    review: z.object({
      id: z.string(),
      trigger: z.string(),
      subject: z.string(),
      state: z.enum(['open', 'done']),
      due: z.string().optional(),
    }),
  }),
});
/** Users of this system's own parts: a review is done by people. */
const OWN_PARTS = /^ot_anomaly_/;
const PAGE = 1_000;
/** What opens a task or ends it; what is told of it besides changes nothing. */
const TASKS = { terms: { 'ot_anomaly.review.state': ['open', 'done'] } };

/** Opens the review task of a cause, unless it is there already. @returns whether it is new */
export async function openReview(
  client: Client,
  namespace: string,
  cause: ReviewCause,
  now: Date,
): Promise<boolean> {
  const id = reviewId(cause);
  const review = { id, ...cause, state: 'open', due: dueOf(cause, now).toISOString() };
  const message = `review called for by ${cause.trigger}: ${cause.subject}`;
  const _id = `open-${sha256(id).slice(0, 40)}`;
  const document = outputDocument(
    'review',
    namespace,
    now,
    { id: _id, kind: 'state', action: 'review-opened', message },
    { review },
  );
  const { created } = await bulkCreate(client, stream(namespace), [{ id: _id, document }], { refresh: true });
  return created === 1;
}

/** Says what a review found, under the credential of `client`, which is a person's own. */
export async function finishReview(
  client: Client,
  namespace: string,
  { id, trigger, subject }: ReviewTask,
  finding: string,
  now: Date,
): Promise<void> {
  const review = { id, trigger, subject, state: 'done', finding };
  const _id = `done-${sha256(`${id}\n${now.toISOString()}`).slice(0, 40)}`;
  const document = outputDocument(
    'review',
    namespace,
    now,
    { id: _id, kind: 'state', action: 'review-done', message: `review done: ${id}` },
    { review },
  );
  await bulkCreate(client, stream(namespace), [{ id: _id, document }], { refresh: true });
}

/** Says that a review is overdue, once for each task, for whoever watches the stream. */
export async function tellReviewOverdue(
  client: Client,
  namespace: string,
  { id, trigger, subject, due }: ReviewTask,
  now: Date,
): Promise<void> {
  const review = { id, trigger, subject, state: 'overdue', due };
  const _id = `overdue-${sha256(id).slice(0, 40)}`;
  const message = `review OVERDUE since ${due}: ${trigger} ${subject}`;
  const what = { id: _id, kind: 'state', action: 'review-overdue', message } as const;
  const document = outputDocument('review', namespace, now, what, { review });
  await bulkCreate(client, stream(namespace), [{ id: _id, document }], { refresh: true });
}

export interface ReviewCounts {
  readonly open: number;
  readonly overdue: number;
  /** ISO 8601, when the oldest overdue one was due */
  readonly oldestDue?: string;
}

/** Writes down how many reviews are open and overdue at a time. */
export async function countReviews(
  client: Client,
  namespace: string,
  { open, overdue, oldestDue }: ReviewCounts,
  now: Date,
): Promise<void> {
  const review = { open, overdue, ...(oldestDue === undefined ? {} : { due: oldestDue }) };
  const id = `counted-${now.toISOString()}`;
  const message = `${open} reviews open, ${overdue} overdue`;
  const what = { id, kind: 'metric', action: 'reviews-counted', message } as const;
  const document = outputDocument('review', namespace, now, what, { review });
  await bulkCreate(client, stream(namespace), [{ id, document }], { refresh: true });
}

/** Every review task of a site. One that a part of this system claims to have done stays open. */
export async function readReviews(client: Client, namespace: string): Promise<readonly ReviewTask[]> {
  return explaining('reading the reviews', async () => {
    const pit = await PointInTime.open(client, stream(namespace));
    const tasks = new Map<string, ReviewTask>();
    const done = new Map<string, string>();
    try {
      for await (const page of pit.pages({ size: PAGE, query: TASKS, sort: [{ '@timestamp': 'asc' }] })) {
        for (const { source } of page) {
          const parsed = stored.safeParse(source);
          if (!parsed.success) continue;
          const { user, event, ot_anomaly } = parsed.data;
          const at = parsed.data['@timestamp'];
          const { id, trigger, subject, state, due } = ot_anomaly.review;
          if (state === 'open')
            tasks.set(id, {
              id,
              trigger: trigger as ReviewTrigger,
              subject,
              openedAt: at,
              due: earlier(
                due ?? at,
                dueOf({ trigger: trigger as ReviewTrigger, subject }, new Date(event.ingested)),
              ),
              doneAt: undefined,
            });
          else if (!OWN_PARTS.test(user.name)) done.set(id, at);
        }
      }
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    return [...tasks.values()].map((task) => ({ ...task, doneAt: done.get(task.id) }));
  });
}

/** A task is due when its kind is after Elasticsearch took it, whatever later time its writer claims. */
function earlier(stated: string, latest: Date): string {
  return Date.parse(stated) <= latest.getTime() ? stated : latest.toISOString();
}

function stream(namespace: string): string {
  return `logs-ot_anomaly.review-${namespace}`;
}
