import { type BinAxis, binOf } from '../features/bins.js';
import type { OtRecord } from '../features/otRecord.js';

/** Bytes of answer for each byte asked: 5 % steps. */
const ANSWER_AXIS: BinAxis = { scale: 0.01, width: 0.05 };

/**
 * How much a connection's responder answered for each byte that it was asked. Connections that carry ten polls or a day of
 * them have bytes of any size; what one poll asks and gets is the same in all of them, and so is this ratio.
 *
 * @returns undefined for other rows, and where either side said nothing: a refusal says nothing of an answer's size
 */
export function answerRatio({ kind, origBytes, respBytes }: OtRecord): number | undefined {
  if (kind !== 'connection' || !(Number(origBytes) > 0) || !(Number(respBytes) > 0)) return undefined;
  const ratio = Number(respBytes) / Number(origBytes);
  return Number.isFinite(ratio) ? ratio : undefined;
}

export function answerBin(ratio: number): number {
  return binOf(ratio, ANSWER_AXIS);
}
