import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { readAlert } from '../elasticsearch/alertStore.js';
import { createAll } from '../elasticsearch/triageStore.js';
import { draftDocument } from '../triage/annotation.js';
import { digest } from '../triage/ids.js';
import { proposedTarget, TARGETS } from '../triage/proposal.js';
import { cleanText } from '../triage/untrusted.js';

const TEXT_MAX_CHARACTERS = 1_000;

/** What an AI part proposes. It can say neither a status nor an author. */
export const recommendationRequestSchema = z.strictObject({
  alert_id: z.string().min(1).max(512),
  text: z.string().trim().min(1).max(TEXT_MAX_CHARACTERS).meta({ description: 'what to change, in words' }),
  target: z
    .enum(TARGETS)
    .optional()
    .meta({ description: 'what it would change, as far as the proposer knows' }),
  proposed_by: z.string().trim().min(1).max(64).meta({ description: 'the part, as it names itself' }),
});
export type RecommendationRequest = Readonly<z.infer<typeof recommendationRequestSchema>>;

/**
 * Keeps a draft of what an AI part recommends, bound to its alert, with the part's own credential. Nothing carries it
 * out: it waits for a person.
 *
 * @param key sent twice it is one draft
 * @returns the draft's id; undefined if there is no such alert
 */
export async function recommend(
  client: Client,
  namespace: string,
  request: RecommendationRequest,
  key: string,
  now: Date,
): Promise<string | undefined> {
  const alert = await readAlert(client, namespace, request.alert_id);
  if (alert === undefined) return undefined;
  const text = cleanText(request.text, TEXT_MAX_CHARACTERS);
  // What the text says counts before what the proposer says of it.
  const target = proposedTarget(text) ?? request.target ?? 'device';
  const proposal = { text, target };
  const id = digest('recommendation', alert.id, key);
  const proposedBy = cleanText(request.proposed_by, 64);
  const document = draftDocument({ alert, namespace, proposal, proposedBy, now });
  await createAll(client, 'recommendation', namespace, [{ id, document }], true);
  return id;
}
