import type { Client, estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { StoredDraft, StoredOpinion } from '../decision/opinion.js';
import { CLASSIFICATIONS } from '../triage/answer.js';
import { TARGETS } from '../triage/proposal.js';
import { explaining } from './errors.js';
import { triageStream } from './triageStore.js';

const AT_MOST = 500;

const written = {
  event: z.object({ ingested: z.string() }),
  user: z.object({ name: z.string() }).default({ name: 'unknown' }),
};
const texts = z.array(z.string()).default([]);
const opinionSchema = z.object({
  ...written,
  ot_anomaly: z.object({
    alert: z.object({ id: z.string() }),
    triage: z.object({
      outcome: z.string(),
      reason: z.string().default(''),
      classification: z.enum(CLASSIFICATIONS),
      confidence: z.number(),
      reasoning: z.string(),
      recommended_analyst_actions: texts,
      data_gaps: texts,
      guardrails: texts,
      model: z.object({ answered: z.string().optional(), requested: z.string().default('') }),
      prompt: z.object({ version: z.string() }),
    }),
  }),
});
const draftSchema = z.object({
  ...written,
  ot_anomaly: z.object({
    alert: z.object({ id: z.string() }),
    recommendation: z.object({
      target: z.enum(TARGETS),
      needs_change_ticket: z.boolean().default(true),
      text: z.string(),
      proposed_by: z.string().default('unknown'),
    }),
  }),
});

/** Annotations of these alerts, newest first: alert id with what was said of it. */
export async function opinionsOn(
  client: Client,
  namespace: string,
  alertIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StoredOpinion[]>> {
  const opinions = new Map<string, StoredOpinion[]>();
  if (alertIds.length === 0) return opinions;
  const query = { terms: { 'ot_anomaly.alert.id': [...alertIds] } };
  for (const { _id = '', _source } of await search(client, triageStream('triage', namespace), query)) {
    const parsed = opinionSchema.safeParse(_source);
    if (!parsed.success) continue;
    const { event, user, ot_anomaly } = parsed.data;
    const { triage } = ot_anomaly;
    const known = opinions.get(ot_anomaly.alert.id) ?? [];
    known.push({
      id: _id,
      at: event.ingested,
      by: user.name,
      outcome: triage.outcome,
      reason: triage.reason,
      classification: triage.classification,
      confidence: triage.confidence,
      reasoning: triage.reasoning,
      actions: triage.recommended_analyst_actions,
      dataGaps: triage.data_gaps,
      guardrails: triage.guardrails,
      model: triage.model.answered ?? triage.model.requested,
      promptVersion: triage.prompt.version,
    });
    opinions.set(ot_anomaly.alert.id, known);
  }
  return opinions;
}

/** Drafts on one alert, newest first. */
export async function draftsOn(
  client: Client,
  namespace: string,
  alertId: string,
): Promise<readonly StoredDraft[]> {
  return drafts(client, namespace, { term: { 'ot_anomaly.alert.id': alertId } });
}

/** All drafts that came in since, newest first. */
export async function draftsSince(
  client: Client,
  namespace: string,
  since: Date,
): Promise<readonly StoredDraft[]> {
  return drafts(client, namespace, { range: { 'event.ingested': { gte: since.toISOString() } } });
}

async function drafts(
  client: Client,
  namespace: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly StoredDraft[]> {
  const found = await search(client, triageStream('recommendation', namespace), query);
  return found.flatMap(({ _id = '', _source }) => {
    const parsed = draftSchema.safeParse(_source);
    if (!parsed.success) return [];
    const { event, user, ot_anomaly } = parsed.data;
    const { recommendation } = ot_anomaly;
    return [
      {
        id: _id,
        at: event.ingested,
        by: user.name,
        proposedBy: recommendation.proposed_by,
        alertId: ot_anomaly.alert.id,
        target: recommendation.target,
        text: recommendation.text,
        needsChangeTicket: recommendation.needs_change_ticket,
      },
    ];
  });
}

async function search(
  client: Client,
  index: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly estypes.SearchHit<unknown>[]> {
  const { hits } = await explaining(`reading ${index}`, () =>
    client.search({
      index,
      size: AT_MOST,
      query: { bool: { filter: [query] } },
      sort: [{ 'event.ingested': { order: 'desc', format: 'strict_date_optional_time_nanos' } }],
    }),
  );
  return hits.hits;
}
