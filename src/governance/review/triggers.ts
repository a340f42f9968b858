/** What makes people look at the system again. */
export type ReviewTrigger =
  | 'quarterly'
  | 'reconfiguration'
  | 'false_positive_cluster'
  | 'false_negative'
  | 'retrain'
  | 'taint'
  | 'input_drift';

const DAY_MS = 86_400_000;
/** Days until a review must be done. */
const DUE_DAYS: Readonly<Record<ReviewTrigger, number>> = {
  quarterly: 14,
  reconfiguration: 2,
  false_positive_cluster: 2,
  false_negative: 1,
  retrain: 7,
  taint: 1,
  input_drift: 7,
};
/** Confirmed false positives in one shift; more than this many is a cluster (the policy's "> 5 per shift"). */
export const FALSE_POSITIVES_A_SHIFT = 5;
export const SHIFT_HOURS = 8;

/** How often the policy's schedule asks for a review. */
export const FREQUENCY_DAYS = { monthly: 30, quarterly: 91, yearly: 365 } as const;

export interface ReviewCause {
  readonly trigger: ReviewTrigger;
  readonly subject: string;
}

/** A task to review: open until a person writes what was found. */
export interface ReviewTask extends ReviewCause {
  readonly id: string;
  readonly openedAt: string;
  readonly due: string;
  readonly doneAt: string | undefined;
}

export function dueOf({ trigger }: ReviewCause, openedAt: Date): Date {
  return new Date(openedAt.getTime() + DUE_DAYS[trigger] * DAY_MS);
}

/** The same cause gives the same task: a trigger that fires again while its task is there adds nothing. */
export function reviewId({ trigger, subject }: ReviewCause): string {
  return `${trigger}:${subject}`;
}

export function overdue(tasks: readonly ReviewTask[], now: Date): readonly ReviewTask[] {
  return tasks.filter(({ due, doneAt }) => doneAt === undefined && now >= new Date(due));
}

/** What a scan of the site's documents found that may call for a review. */
export interface ReviewFacts {
  readonly now: Date;
  readonly frequency: keyof typeof FREQUENCY_DAYS;
  /** ISO 8601 of the last scheduled review that was done, or of the first deployment; undefined: there is neither */
  readonly lastScheduled: string | undefined;
  /** times (ms) at which a false positive was confirmed, by alert */
  readonly falsePositives: readonly { readonly alertId: string; readonly at: number }[];
  /** addresses that were seen for the first time, or entered into the inventory, since the model was trained */
  readonly newAssets: readonly string[];
  /** incidents that no alert told of */
  readonly missedIncidents: readonly string[];
  /** models in the registry that an incident taints */
  readonly taintedModels: readonly string[];
  /** relations whose own rhythm drifted, as the scorer's charts say */
  readonly driftedInputs: readonly string[];
}

/** The reviews that are called for. */
export function findCauses(facts: ReviewFacts): readonly ReviewCause[] {
  const causes: ReviewCause[] = [];
  if (facts.lastScheduled !== undefined) {
    const since = (facts.now.getTime() - Date.parse(facts.lastScheduled)) / DAY_MS;
    if (since >= FREQUENCY_DAYS[facts.frequency])
      causes.push({ trigger: 'quarterly', subject: facts.lastScheduled.slice(0, 10) });
  }
  const shifts = new Map<number, Set<string>>();
  for (const { alertId, at } of facts.falsePositives) {
    const shift = Math.floor(at / (SHIFT_HOURS * 3_600_000));
    const alerts = shifts.get(shift) ?? new Set();
    shifts.set(shift, alerts.add(alertId));
  }
  for (const [shift, alerts] of shifts) {
    if (alerts.size > FALSE_POSITIVES_A_SHIFT) {
      const start = new Date(shift * SHIFT_HOURS * 3_600_000).toISOString();
      causes.push({ trigger: 'false_positive_cluster', subject: `shift from ${start}` });
    }
  }
  const each = (trigger: ReviewTrigger, subjects: readonly string[]) =>
    causes.push(...subjects.map((subject) => ({ trigger, subject })));
  each('reconfiguration', facts.newAssets);
  each('false_negative', facts.missedIncidents);
  each('taint', facts.taintedModels);
  each('input_drift', facts.driftedInputs);
  return causes;
}
