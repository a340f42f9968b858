import type { Surprise } from '../known.js';
import type { Evidence, Observation } from './detector.js';

/** A measured value that is rare in its own past, in words and numbers. */
export function rareEvidence(
  feature: 'interval' | 'origBytes' | 'respBytes',
  { record, interval }: Observation,
  { surprisal, usual, rows }: Surprise,
): Evidence {
  const oneIn = Math.round(10 ** surprisal);
  if (feature === 'interval') {
    const observed = `${(interval ?? 0).toFixed(3)} s`;
    const expected = usual === undefined ? 'unknown' : `${usual.toFixed(3)} s (median)`;
    return {
      feature,
      observed,
      usual: expected,
      surprisal,
      text: `${observed} since the previous request of this sequence; usual is ${expected}; as rare as 1 in ${oneIn} of ${rows} baseline rows`,
    };
  }
  const isOrig = feature === 'origBytes';
  const observed = `${isOrig ? record.origBytes : record.respBytes} bytes`;
  const expected = usual === undefined ? 'unknown' : `about ${usual} bytes (median)`;
  return {
    feature,
    observed,
    usual: expected,
    surprisal,
    text: `${observed} of payload from the ${isOrig ? 'originator' : 'responder'}; usual is ${expected}; as rare as 1 in ${oneIn} of ${rows} baseline connections`,
  };
}
