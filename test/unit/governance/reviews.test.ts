import { describe, expect, it } from 'vitest';
import { confirmedFalsePositives } from '../../../src/governance/retrain/reviewedAlerts.js';
import { findCauses, overdue, type ReviewFacts } from '../../../src/governance/review/triggers.js';

const NOW = new Date('2026-06-10T12:00:00Z');
const HOUR_MS = 3_600_000;
const quiet: ReviewFacts = {
  now: NOW,
  frequency: 'quarterly',
  lastScheduled: '2026-05-01T00:00:00Z',
  falsePositives: [],
  newAssets: [],
  missedIncidents: [],
  taintedModels: [],
  driftedInputs: [],
};
const falsePositives = (count: number, apartMs: number) =>
  Array.from({ length: count }, (_, i) => ({
    alertId: `a${i}`,
    at: Date.parse('2026-06-10T00:00:00Z') + i * apartMs,
  }));

describe('reviews', () => {
  it('are called for by each of the policy’s triggers, and by nothing less', () => {
    expect(findCauses(quiet)).toEqual([]);
    expect(findCauses({ ...quiet, falsePositives: falsePositives(5, 1) })).toEqual([]);
    // six in a day, but two in each shift of eight hours
    expect(findCauses({ ...quiet, falsePositives: falsePositives(6, 4 * HOUR_MS) })).toEqual([]);
    expect(
      findCauses({
        ...quiet,
        lastScheduled: '2026-03-11T12:00:00Z',
        falsePositives: falsePositives(6, 1),
        newAssets: ['10.0.0.9'],
        missedIncidents: ['INC-2'],
        taintedModels: ['ab12 by INC-2'],
        driftedInputs: ['10.0.0.1|10.0.0.2'],
      }),
    ).toEqual([
      { trigger: 'quarterly', subject: '2026-03-11' },
      { trigger: 'false_positive_cluster', subject: 'shift from 2026-06-10T00:00:00.000Z' },
      { trigger: 'reconfiguration', subject: '10.0.0.9' },
      { trigger: 'false_negative', subject: 'INC-2' },
      { trigger: 'taint', subject: 'ab12 by INC-2' },
      { trigger: 'input_drift', subject: '10.0.0.1|10.0.0.2' },
    ]);
  });

  it('count an alert once, at the first time, and only where a person said that it was false', () => {
    const decision = (alertId: string, action: string, author: string, at: number) => ({
      alertId,
      action,
      author,
      at,
    });
    expect(
      confirmedFalsePositives([
        decision('a', 'false_positive', 'anna', 20),
        decision('a', 'false_positive', 'axel', 10),
        decision('b', 'dismiss', 'anna', 10),
        decision('c', 'false_positive', 'ot_anomaly_triage', 10),
      ]),
    ).toEqual([{ alertId: 'a', at: 10 }]);
  });

  it('are overdue from their day on until they are done', () => {
    const task = {
      id: 'x',
      trigger: 'retrain',
      subject: 'm',
      openedAt: '',
      due: '2026-06-10T12:00:00Z',
    } as const;
    expect(overdue([{ ...task, doneAt: undefined }], NOW)).toHaveLength(1);
    expect(overdue([{ ...task, doneAt: undefined }], new Date(NOW.getTime() - 1))).toEqual([]);
    expect(overdue([{ ...task, doneAt: '2026-06-11T00:00:00Z' }], NOW)).toEqual([]);
  });
});
