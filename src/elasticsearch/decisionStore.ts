import type { Client, estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import { ACTIONS } from '../decision/request.js';
import { type Decision, VERDICTS } from '../decision/standing.js';
import { createOne } from './bulkCreate.js';
import { explaining } from './errors.js';

const AT_MOST = 1_000;
const IDS_A_PAGE = 1_000;
/** How many earlier justifications of a person a new one is compared with. */
const EARLIER_MAX = 50;

/** Blind checks are exercises: what was decided is searched without them. */
export const BLIND_CHECK = { term: { 'ot_anomaly.decision.blind_check': true } };

/** Decisions on an alert itself: not the answers to an AI's drafts, and not blind checks, which are exercises. */
export const ABOUT_THE_ALERT = {
  bool: {
    must_not: [{ exists: { field: 'ot_anomaly.decision.recommendation_id' } }, BLIND_CHECK],
  },
};

const decisionSchema = z.object({
  event: z.object({ ingested: z.string() }),
  user: z.object({ name: z.string() }),
  ot_anomaly: z.object({
    alert: z.object({ id: z.string() }),
    decision: z.object({
      action: z.enum(ACTIONS),
      justification: z.string().default(''),
      ticket: z.string().default(''),
      recommendation_id: z.string().default(''),
      chart: z.string().default(''),
      agrees_with_ai: z.boolean().optional(),
      blind_check: z.boolean().default(false),
    }),
  }),
});

export function decisionStream(namespace: string): string {
  return `logs-ot_anomaly.decision-${namespace}`;
}

/**
 * Writes one decision with whatever credential `client` holds: the person's own.
 *
 * @throws {ElasticsearchError} `forbidden` if that person may not decide
 */
export async function writeDecision(
  client: Client,
  namespace: string,
  id: string,
  document: Record<string, unknown>,
): Promise<void> {
  await createOne(client, decisionStream(namespace), { id, document }, { refresh: true });
}

/** Decisions on these alerts, oldest first. */
export async function decisionsOn(
  client: Client,
  namespace: string,
  alertIds: readonly string[],
): Promise<readonly Decision[]> {
  if (alertIds.length === 0) return [];
  return oldestFirst(client, namespace, { terms: { 'ot_anomaly.alert.id': [...alertIds] } });
}

/** Decisions that came in at or after `since`, newest first. */
export async function decisionsSince(
  client: Client,
  namespace: string,
  since: Date,
): Promise<readonly Decision[]> {
  return search(client, namespace, { range: { 'event.ingested': { gte: since.toISOString() } } });
}

/** Answers to drafts, oldest first. */
export async function answersTo(
  client: Client,
  namespace: string,
  recommendationIds: readonly string[],
): Promise<readonly Decision[]> {
  if (recommendationIds.length === 0) return [];
  const query = { terms: { 'ot_anomaly.decision.recommendation_id': [...recommendationIds] } };
  return oldestFirst(client, namespace, query);
}

/** What a person gave as reasons for other alerts, newest first. */
export async function earlierJustifications(
  client: Client,
  namespace: string,
  by: string,
  exceptAlert: string,
): Promise<readonly string[]> {
  const { hits } = await explaining('reading earlier justifications', () =>
    client.search({
      index: decisionStream(namespace),
      size: EARLIER_MAX,
      query: {
        bool: {
          filter: [{ term: { 'user.name': by } }, { exists: { field: 'ot_anomaly.decision.justification' } }],
          must_not: [{ term: { 'ot_anomaly.alert.id': exceptAlert } }],
        },
      },
      sort: [{ 'event.ingested': 'desc' }],
    }),
  );
  return hits.hits.flatMap((hit) => toDecision(hit)?.justification ?? []);
}

/** How many verdicts of a person went with the AI's opinion, and how many against it. */
export async function agreementOf(
  client: Client,
  namespace: string,
  by: string,
): Promise<{ readonly agreed: number; readonly compared: number }> {
  const count = async (more: readonly estypes.QueryDslQueryContainer[]) => {
    const filter = [
      { term: { 'user.name': by } },
      { terms: { 'ot_anomaly.decision.action': [...VERDICTS] } },
    ];
    const { count } = await explaining('counting decisions', () =>
      client.count({
        index: decisionStream(namespace),
        query: {
          bool: {
            filter: [...filter, ...more],
            must_not: [BLIND_CHECK],
          },
        },
      }),
    );
    return count;
  };
  const [agreed, compared] = await Promise.all([
    count([{ term: { 'ot_anomaly.decision.agrees_with_ai': true } }]),
    count([{ exists: { field: 'ot_anomaly.decision.agrees_with_ai' } }]),
  ]);
  return { agreed, compared };
}

/** Ids of all alerts with a verdict that came in since; exact, however many. */
export async function decidedAlerts(
  client: Client,
  namespace: string,
  since: Date,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let after: estypes.AggregationsCompositeAggregateKey | undefined;
  for (;;) {
    const { aggregations } = await explaining('reading which alerts are decided', () =>
      client.search<unknown, { alerts: estypes.AggregationsCompositeAggregate }>({
        index: decisionStream(namespace),
        size: 0,
        query: {
          bool: {
            filter: [
              { range: { 'event.ingested': { gte: since.toISOString() } } },
              { terms: { 'ot_anomaly.decision.action': [...VERDICTS] } },
            ],
            must_not: [BLIND_CHECK],
          },
        },
        aggs: {
          alerts: {
            composite: {
              size: IDS_A_PAGE,
              sources: [{ id: { terms: { field: 'ot_anomaly.alert.id' } } }],
              ...(after === undefined ? {} : { after }),
            },
          },
        },
      }),
    );
    const buckets = aggregations?.alerts.buckets;
    const page = Array.isArray(buckets) ? buckets : [];
    for (const { key } of page) ids.add(String(key['id']));
    after = aggregations?.alerts.after_key;
    if (after === undefined || page.length < IDS_A_PAGE) return ids;
  }
}

/** Where there are too many, the newest are there: the first thousand can't hide what was decided last. */
async function oldestFirst(
  client: Client,
  namespace: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly Decision[]> {
  return [...(await search(client, namespace, query))].reverse();
}

/** The newest, newest first. */
async function search(
  client: Client,
  namespace: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly Decision[]> {
  const { hits } = await explaining('reading decisions', () =>
    client.search({
      index: decisionStream(namespace),
      size: AT_MOST,
      query: { bool: { filter: [query] } },
      sort: [{ 'event.ingested': { order: 'desc', format: 'strict_date_optional_time_nanos' } }],
      allow_partial_search_results: false,
    }),
  );
  return hits.hits.flatMap((hit) => toDecision(hit) ?? []);
}

function toDecision({ _id = '', _source }: estypes.SearchHit<unknown>): Decision | undefined {
  const parsed = decisionSchema.safeParse(_source);
  if (!parsed.success) return undefined;
  const { event, user, ot_anomaly } = parsed.data;
  const { decision } = ot_anomaly;
  return {
    id: _id,
    alertId: ot_anomaly.alert.id,
    action: decision.action,
    by: user.name,
    at: event.ingested,
    justification: decision.justification,
    ticket: decision.ticket,
    recommendationId: decision.recommendation_id,
    chart: decision.chart,
    agreesWithAi: decision.agrees_with_ai,
    blind: decision.blind_check,
  };
}
