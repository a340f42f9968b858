import { describe, expect, it } from 'vitest';
import type { GateFloors, GateReport, PoisoningResult } from '../../../src/adversarial/result.js';
import { reasonsAgainst } from '../../../src/adversarial/verdict.js';
import { adversarialGateSchema } from '../../../src/governance/policy/adversarialGate.js';

const floors: GateFloors = adversarialGateSchema.parse(undefined);
type Parts = Pick<GateReport, 'drift' | 'falsePositives' | 'evasion' | 'poisoning' | 'floors'>;
const good: Parts = {
  floors,
  drift: {
    strictRate: 0.95,
    firstDetectionDay: 1,
    firstDetectionHours: 8,
    twin: { latched: false, flaggedRate: 0 },
    relation: 'a → b',
    noise: null,
    variants: [],
    coverage: [],
    writtenSetpoint: 'not-covered',
    persistent: { connections: 0, seen: null, text: '' },
  },
  falsePositives: {
    rate: 1e-5,
    alertsPerShift: 0.1,
    records: 100_000,
    flagged: 1,
    alerts: 1,
    shifts: 21,
    goalReached: true,
    worst: ['the worst one'],
  },
  evasion: [],
  poisoning: [],
};
const poison = (changed: Partial<PoisoningResult>): PoisoningResult => ({
  name: 'foothold',
  atlas: '',
  what: '',
  days: 3,
  placed: 'at the end',
  inventory: true,
  caughtAtTraining: true,
  signs: [],
  missedByModel: true,
  ...changed,
});
const evasion = {
  name: 'mimicry',
  atlas: 'AML.T0015 Evade AI Model',
  what: 'a stranger',
  unit: 'requests',
  goal: 100,
  unseen: 3,
  firstDetectionSeconds: 4,
  detectors: [],
  floor: 0,
  passed: false,
} as const;

describe('the gate’s verdict', () => {
  it('has nothing against a model that keeps every floor', () => {
    expect(reasonsAgainst(good)).toEqual([]);
  });

  it.each<readonly [string, Partial<Parts>, RegExp]>([
    ['too few drifting polls', { drift: { ...good.drift, strictRate: 0.899 } }, /89\.9 %.*90\.0 %/],
    ['a drift found on day 6', { drift: { ...good.drift, firstDetectionDay: 6 } }, /day 6.*day 5/],
    ['a drift never found', { drift: { ...good.drift, firstDetectionDay: null } }, /never/],
    [
      'a latch in the twin',
      { drift: { ...good.drift, twin: { latched: true, flaggedRate: 0 } } },
      /without drift/,
    ],
    ['set points that nothing watches', { drift: { ...good.drift, writtenSetpoint: 'fail' } }, /setpoints/],
    [
      'a variant that is found too late',
      {
        drift: {
          ...good.drift,
          variants: [
            {
              name: 'bytes-linear',
              what: '',
              sigma: 20,
              wander: 6,
              strictRate: 0,
              envelopeRate: 0,
              unlatchedRate: 0,
              detectionHours: null,
              twinLatched: false,
              passed: false,
            },
          ],
        },
      },
      /bytes-linear, σ 20.*never/,
    ],
    [
      'one false alarm too many in a thousand records',
      { falsePositives: { ...good.falsePositives, rate: 0.0011, flagged: 110 } },
      /110 of 100000.*the worst one/,
    ],
    [
      'too many alerts a shift',
      { falsePositives: { ...good.falsePositives, alertsPerShift: 5.1 } },
      /5\.10 alerts/,
    ],
    ['nothing to judge', { falsePositives: { ...good.falsePositives, records: 0 } }, /no held-out row/],
    ['an evasion over its floor', { evasion: [evasion] }, /mimicry.*3 of 100/],
    [
      'poisonings that no review shows',
      { poisoning: [poison({}), poison({ caughtAtTraining: false })] },
      /50\.0 %.*with an inventory/,
    ],
  ])('names the figure and the limit: %s', (_, changed, reason) => {
    const reasons = reasonsAgainst({ ...good, ...changed });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });

  it('does not count a poisoning that would have done no harm', () => {
    expect(
      reasonsAgainst({ ...good, poisoning: [poison({ caughtAtTraining: false, missedByModel: false })] }),
    ).toEqual([]);
  });

  it('cannot be drawn wider than the article, and takes its defaults from it', () => {
    expect(floors).toMatchObject({
      drift_strict_rate: 0.9,
      drift_first_detection_day: 5,
      false_positive_rate: 0.001,
    });
    for (const wider of [
      { drift_strict_rate: 0.89 },
      { drift_first_detection_day: 6 },
      { false_positive_rate: 0.002 },
      { unknown: 1 },
    ])
      expect(adversarialGateSchema.safeParse(wider).success).toBe(false);
  });
});
