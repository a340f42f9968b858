import { z } from 'zod';

const text = z.string().min(1).max(1_000);
const date = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)), 'expected a date such as "2026-05-03"');

/** The two actions that this system knows how to hold back until people have signed. */
export const APPROVED_ACTIONS = ['change detection threshold', 'retrain model'] as const;
export type ApprovedAction = (typeof APPROVED_ACTIONS)[number];

const requirement = z
  .strictObject({
    action: z.enum(APPROVED_ACTIONS),
    /** roles; each approval counts for one of them */
    approvers: z.array(text).min(1),
    minimum_approvals: z.number().int().min(1).max(10),
    approval_channel: text,
    /** our own key, false when absent: who requests may not be among those who approve */
    requester_may_approve: z.boolean().default(false),
  })
  .refine(
    ({ action, minimum_approvals }) => action !== 'change detection threshold' || minimum_approvals >= 2,
    {
      path: ['minimum_approvals'],
      message: 'expected at least 2: nobody changes a threshold alone',
    },
  )
  .refine(
    ({ action, approvers }) => action !== 'change detection threshold' || new Set(approvers).size >= 2,
    {
      path: ['approvers'],
      message: 'expected at least two roles: the approvals must come from different ones',
    },
  );

const dataSource = z.strictObject({
  name: text,
  /** no other kind of access exists for an AI part: reading, or creating what is new */
  access: z.enum(['read-only', 'write-alert-only']),
  path: text.optional(),
  scope: text.optional(),
});

/** The policy of what AI parts may do; see policies/ai_governance_policy.yaml. */
export const aiGovernancePolicySchema = z.strictObject({
  ai_governance_policy: z.strictObject({
    system_id: text,
    version: text,
    effective_date: date,
    owner: text,
    access_controls: z.strictObject({ data_sources: z.array(dataSource).min(1) }),
    prohibited_actions: z.array(text).min(1),
    human_approval_requirements: z
      .array(requirement)
      .refine(
        (list) =>
          APPROVED_ACTIONS.every((action) => list.filter((entry) => entry.action === action).length === 1),
        `expected each of these actions once: ${APPROVED_ACTIONS.join(', ')}`,
      ),
    review_schedule: z.strictObject({
      frequency: z.enum(['monthly', 'quarterly', 'yearly']),
      trigger_events: z.array(text).min(1),
    }),
    /** our own key: spans in which nothing is deployed; a rollback is always possible */
    change_freeze: z
      .array(z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime(), reason: text }))
      .default([]),
  }),
});

export type AiGovernancePolicy = z.infer<typeof aiGovernancePolicySchema>['ai_governance_policy'];
export type ApprovalRequirement = AiGovernancePolicy['human_approval_requirements'][number];

/** What the policy asks for before `action`; the schema makes sure that it is there. */
export function requirementFor(policy: AiGovernancePolicy, action: ApprovedAction): ApprovalRequirement {
  const found = policy.human_approval_requirements.find((requirement) => requirement.action === action);
  if (found === undefined) throw new TypeError(`the policy has no requirement for "${action}"`);
  return found;
}
