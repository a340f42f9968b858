import { z } from 'zod';
import { ACTIONS, decisionRequestSchema } from '../../decision/request.js';

/** What programs are told of a decision. */
export const decisionSchema = z
  .object({
    id: z.string(),
    action: z.enum(ACTIONS),
    by: z.string().meta({ description: 'who Elasticsearch says wrote it' }),
    at: z.string().meta({ description: 'when Elasticsearch took it in, ISO 8601' }),
    justification: z.string(),
    ticket: z.string(),
    recommendation_id: z.string(),
  })
  .meta({ id: 'Decision' });

/** Where an alert stands. An AI's opinion is in it as advice, marked as such. */
export const alertStateSchema = z
  .object({
    alert_id: z.string(),
    severity: z.number().meta({ description: 'event.severity: 47 medium, 73 high, 99 critical' }),
    standing: z.enum(['undecided', 'decided', 'escalated', 'conflict']),
    human_confirmation_required: z.boolean().meta({ description: 'true until a person has decided' }),
    decisions: z.array(decisionSchema),
    advice: z
      .object({
        advisory_only: z.literal(true),
        outcome: z.string(),
        classification: z.string(),
        confidence: z.number(),
      })
      .nullable(),
    drafts: z.array(
      z.object({
        id: z.string(),
        target: z.string(),
        text: z.string(),
        status: z.enum(['pending_human_approval', 'confirmed', 'rejected', 'conflict']),
      }),
    ),
  })
  .meta({ id: 'AlertState' });
export type AlertState = z.infer<typeof alertStateSchema>;

export const storedSchema = z.object({ id: z.string(), status: z.string() }).meta({ id: 'Stored' });

export const decisionResultSchema = z
  .object({ decision: decisionSchema, unseen: z.array(decisionSchema), repeated: z.boolean() })
  .meta({ id: 'DecisionResult', description: 'unseen: decisions of others that were not named in seen' });

export const alertId = z.string().min(1).max(512);
const webUrl = z
  .string()
  .max(2_048)
  .refine(
    (url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
    'expected an http(s) address',
  );

/** A message of the SOAR, signed by the scheme of Standard Webhooks. */
export const soarMessageSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('triage.request'),
      data: z.strictObject({ alert_id: alertId }),
    }),
    z.strictObject({
      type: z.literal('case.attach'),
      data: z.strictObject({
        alert_id: alertId,
        case: z.strictObject({
          id: z.string().trim().min(1).max(200),
          system: z.string().trim().min(1).max(100),
          url: webUrl.optional(),
        }),
      }),
    }),
    z.strictObject({ type: z.literal('state.get'), data: z.strictObject({ alert_id: alertId }) }),
    z
      .strictObject({
        type: z.literal('decision.create'),
        data: z.strictObject({ alert_id: alertId, decision: decisionRequestSchema }),
      })
      .meta({ description: 'needs a person’s own credential in Authorization beside the signature' }),
  ])
  .meta({ id: 'SoarMessage' });
export type SoarMessage = z.infer<typeof soarMessageSchema>;
