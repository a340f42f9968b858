import { describe, expect, it } from 'vitest';
import { groupKey } from '../../../src/features/relation.js';
import { ALERT_LINE, type Baseline, type Model } from '../../../src/model/artifact.js';
import { exceptions } from '../../../src/model/detectors/charts/exceptions.js';
import { Known } from '../../../src/model/known.js';
import { record } from '../../fixtures/records.js';

const answer = { pdu_type: 'RESP' };
const refusal = { ...answer, func: 'READ_COILS_EXCEPTION', exception: 'ILLEGAL_DATA_ADDRESS' };

/** How many of these answers, one a second, the chart tells of, where so many of a thousand were refused in the baseline. */
function told(refused: number, answers: readonly Record<string, unknown>[], beside: object = {}): number {
  const counted = { rows: 1_000, exceptions: refused };
  const baseline = { exceptions: { [groupKey(record())]: counted, ...beside } } as unknown as Baseline;
  const chart = exceptions({ baseline } as Model, new Known(baseline));
  return answers.filter((columns, i) => {
    const part = chart.judge({ record: record({ ts: i, ...columns }), interval: undefined });
    return part !== undefined && part.score < ALERT_LINE;
  }).length;
}

const of = (count: number, columns: Record<string, unknown>) => Array.from({ length: count }, () => columns);

describe('exceptions', () => {
  it.each([0, 10, 500])('are told of that come one after the other where %i of 1,000 were', (refused) => {
    expect(told(refused, of(60, refusal))).toBeGreaterThan(0);
  });

  it.each([0, 10, 500, 960, 1_000])('are none where all is answered and %i of 1,000 were not', (refused) => {
    expect(told(refused, of(1_000, answer))).toBe(0);
  });

  it('are none up to what another relation of the same source had in an hour, and ten at most', () => {
    const other = (mostAnHour: number, source = '10.0.0.1') => ({
      [groupKey(record({ 'id.resp_h': '10.0.0.3', 'id.orig_h': source }))]: {
        rows: 1_000,
        exceptions: mostAnHour,
        mostAnHour,
      },
    });
    expect(told(0, of(3, refusal))).toBe(2);
    expect(told(0, of(3, refusal), other(4, '10.0.0.9'))).toBe(2);
    expect(told(0, of(4, refusal), other(4))).toBe(0);
    expect(told(0, of(5, refusal), other(4))).toBe(1);
    expect(told(0, of(10, refusal), other(400))).toBe(0);
    expect(told(0, of(11, refusal), other(400))).toBe(1);
  });

  it('tell nothing of a device that refuses nearly everything, nor does what it answers', () => {
    expect(told(970, [...of(100, answer), ...of(100, refusal)])).toBe(0);
    expect(told(1_000, [...of(100, answer), ...of(100, refusal)])).toBe(0);
  });
});
