import { type OtRecord, toOtRecord, type ZeekRow } from './otRecord.js';

/**
 * The order of rows that have the same time: by what they say. Rows that are alike in this are alike in everything
 * that scoring sees, so their order can't matter, wherever they were read from.
 */
export function compareContent(a: OtRecord, b: OtRecord): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The same for rows; those that are no industrial traffic come first. */
export function compareRows(a: ZeekRow, b: ZeekRow): number {
  const [one, other] = [toOtRecord(a), toOtRecord(b)];
  if (one === undefined || other === undefined)
    return Number(one !== undefined) - Number(other !== undefined);
  return compareContent(one, other);
}
