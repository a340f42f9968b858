import { type Group, groupOf } from '../anomaly/group.js';
import type { GroupCount, GroupLedger } from './groupLedger.js';
import type { Finding } from './scoringStage.js';

/** A finding that is to be written: as its group's alert, or as a further sign of it. */
export interface Telling {
  readonly finding: Finding;
  readonly group: Group;
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
  ledger: GroupLedger<Finding>,
  isListed: (address: string) => boolean,
): { readonly tellings: readonly Telling[]; readonly counted: number } {
  const tellings: Telling[] = [];
  for (const finding of findings) {
    const { record } = finding.observation;
    const group = groupOf(record, finding.verdict, isListed);
    const { told, count } = ledger.take(
      group,
      record.source,
      Date.parse(finding.arrival.ingested) / 1000,
      finding,
    );
    if (told !== 'counted') tellings.push({ finding, group, as: told, count });
  }
  return { tellings, counted: findings.length - tellings.length };
}

/** What groups still have to tell of records that they only counted; with `all`, however lately they told. */
export function tellCounts(ledger: GroupLedger<Finding>, at: number, all: boolean): readonly Telling[] {
  return [...ledger.due(at, all)].map(({ group, record, count }) => ({
    finding: record,
    group,
    as: 'still-seen',
    count,
  }));
}
