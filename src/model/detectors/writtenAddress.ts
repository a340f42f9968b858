import { describeRelation, requestKey, whereKey } from '../../features/relation.js';
import { MOST_USUAL } from '../scale.js';
import { isWriteRequest } from '../writeRate.js';
import type { Detector, MakeDetector, Part } from './detector.js';

/** Below the line, above every new function: somebody who writes anyway, with a function that it always had. */
const NEVER_WRITTEN = -0.25;
/** How many addresses are named before the rest are counted. */
const NAMED_AT_MOST = 5;

/**
 * To what a known writer writes: a request that changes something at an address (with that quantity) at which its relation and function
 * never did, where the baseline shows a settled set of them. Needs a log that has addresses.
 */
export const writtenAddress: MakeDetector = ({ baseline }, known): Detector => {
  const { writtenAddresses = {} } = baseline;
  const usualPart: Part = { detector: 'written_address', score: MOST_USUAL, evidence: [] };
  const partOf = known.once((record): Part => {
    const key = requestKey(record);
    const written = Object.hasOwn(writtenAddresses, key) ? (writtenAddresses[key] ?? []) : undefined;
    if (written === undefined || record.address === undefined || written.includes(whereKey(record)))
      return usualPart;
    const observed = describeWhere(whereKey(record));
    const usual = describeAll(written);
    return {
      detector: 'written_address',
      score: NEVER_WRITTEN,
      subject: key,
      evidence: [
        {
          feature: 'writtenAddress',
          observed,
          usual,
          daysSeen: 0,
          text:
            `${record.functionCode} at ${observed} was never seen in ${describeRelation(record)} ` +
            `in ${baseline.daysWithData} days of baseline, which had ${usual}`,
        },
      ],
    };
  });
  return {
    name: 'written_address',
    needsOrder: false,
    judge: ({ record }) => (isWriteRequest(record) ? partOf(record) : usualPart),
  };
};

function describeAll(written: readonly string[]): string {
  const ascending = [...written].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const named = ascending.slice(0, NAMED_AT_MOST).map(describeWhere).join(', ');
  const others = written.length - NAMED_AT_MOST;
  return others > 0 ? `${named} and ${others} more` : named;
}

/** `100|4` → `address 100 (quantity 4)` */
function describeWhere(where: string): string {
  const [address, quantity] = where.split('|');
  return quantity === undefined || quantity === ''
    ? `address ${address}`
    : `address ${address} (quantity ${quantity})`;
}
