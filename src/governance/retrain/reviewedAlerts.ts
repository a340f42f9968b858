/** A decision as its stream has it; the author is Elasticsearch's stamp. */
export interface DecisionFact {
  readonly alertId: string;
  readonly action: string;
  readonly author: string;
  /** milliseconds since the epoch, as Elasticsearch stamped it */
  readonly at: number;
}

/** Decisions that say what an alert was. Escalating or restarting a chart leaves it open. */
const DECIDING = new Set(['confirm', 'reject', 'false_positive', 'true_positive', 'dismiss']);
/** Nobody reads more than this many alerts in a minute: beyond it, a bulk decision, which decides nothing here. */
const DECISIONS_A_MINUTE = 10;
const MINUTE_MS = 60_000;
/** Users of this system's own parts; a decision is a person's. */
const OWN_PARTS = /^ot_anomaly_/;

/** Alerts that a person decided on one by one. */
export function individuallyDecided(decisions: readonly DecisionFact[]): ReadonlySet<string> {
  const byAuthor = new Map<string, DecisionFact[]>();
  for (const decision of decisions) {
    if (!DECIDING.has(decision.action) || OWN_PARTS.test(decision.author)) continue;
    const list = byAuthor.get(decision.author);
    if (list === undefined) byAuthor.set(decision.author, [decision]);
    else list.push(decision);
  }
  const decided = new Set<string>();
  for (const list of byAuthor.values()) {
    list.sort((a, b) => a.at - b.at);
    for (const { alertId, at } of list) {
      const near = list.filter((other) => Math.abs(other.at - at) < MINUTE_MS);
      if (new Set(near.map((other) => other.alertId)).size <= DECISIONS_A_MINUTE) decided.add(alertId);
    }
  }
  return decided;
}

/** Alerts that a person confirmed to be an attack: their rows never train. */
export function confirmedAttacks(decisions: readonly DecisionFact[]): ReadonlySet<string> {
  return new Set(
    decisions
      .filter(
        ({ action, author }) =>
          (action === 'true_positive' || action === 'confirm') && !OWN_PARTS.test(author),
      )
      .map(({ alertId }) => alertId),
  );
}

/** Alerts that a person said to be false, each with the time (ms) of the first who said so. */
export function confirmedFalsePositives(
  decisions: readonly DecisionFact[],
): readonly { readonly alertId: string; readonly at: number }[] {
  const first = new Map<string, number>();
  for (const { alertId, action, author, at } of decisions) {
    if (action !== 'false_positive' || OWN_PARTS.test(author)) continue;
    first.set(alertId, Math.min(at, first.get(alertId) ?? at));
  }
  return [...first].map(([alertId, at]) => ({ alertId, at }));
}
