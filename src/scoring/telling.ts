import { type GroupedParts, groupsOf } from '../anomaly/group.js';
import type { GroupCount, GroupLedger } from './groupLedger.js';
import type { Finding } from './scoringStage.js';

/** A finding as one of its groups knows it. */
export type Told = Pick<Telling, 'finding' | 'grouped'>;

/** A finding that is to be written: as its group's alert, or as a further sign of it. */
export interface Telling {
  readonly finding: Finding;
  /** the group, and what of the finding's verdict belongs to it */
  readonly grouped: GroupedParts;
  readonly as: 'alert' | 'still-seen';
  readonly count: GroupCount;
}

/**
 * Groups findings and keeps those that are to be written.
 *
 * @param isListed whether the inventory names the address
 * @returns the tellings, and how many findings were counted only
 */
export function tell(
  findings: readonly Finding[],
  ledger: GroupLedger<Told>,
  isListed: (address: string) => boolean,
): { readonly tellings: readonly Telling[]; readonly counted: number } {
  const tellings: Telling[] = [];
  let counted = 0;
  for (const finding of findings) {
    const { record } = finding.observation;
    const at = Date.parse(finding.arrival.ingested) / 1000;
    for (const grouped of groupsOf(record, finding.verdict, isListed)) {
      const { told, count } = ledger.take(grouped.group, record.source, at, { finding, grouped });
      if (told === 'counted') counted += 1;
      else tellings.push({ finding, grouped, as: told, count });
    }
  }
  return { tellings, counted };
}

/** What groups still have to tell of records that they only counted; with `all`, however lately they told. */
export function tellCounts(ledger: GroupLedger<Told>, at: number, all: boolean): readonly Telling[] {
  return [...ledger.due(at, all)].map(({ record, count }) => ({
    ...record,
    as: 'still-seen',
    count,
  }));
}
