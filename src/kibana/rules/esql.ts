import { indexPattern } from '../dataView.js';
import type { AbsenceRule, Condition } from './rule.js';

/** The rule as an ES|QL query that returns a row for each value that something is missing of. */
export function toEsql({ view, alsoOf = [], by, hours, present, absent }: AbsenceRule): string {
  const counted = (condition: Condition | undefined) =>
    condition === undefined ? 'COUNT(*)' : `SUM(CASE(${expression(condition)}, 1, 0))`;
  return [
    `FROM ${[...alsoOf, indexPattern(view)].join(', ')}`,
    `| WHERE @timestamp > NOW() - ${hours} hours`,
    `| EVAL about = ${by.length === 1 ? by[0] : `COALESCE(${by.join(', ')})`}`,
    '| WHERE about IS NOT NULL',
    `| STATS present = ${counted(present)}, absent = ${counted(absent)}, newest = MAX(@timestamp) BY about`,
    '| WHERE present > 0 AND absent == 0',
  ].join('\n');
}

function expression(condition: Condition): string {
  if ('is' in condition) return `${condition.field} == ${JSON.stringify(condition.is)}`;
  if ('exists' in condition) return `${condition.field} IS NOT NULL`;
  return `${condition.field} > NOW() - ${condition.withinMinutes} minutes`;
}
