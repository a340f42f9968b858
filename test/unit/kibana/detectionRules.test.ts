import { describe, expect, it } from 'vitest';
import { ruleId } from '../../../src/kibana/rules/detectionRule.js';
import { RULES } from '../../../src/kibana/rules/index.js';
import { shippedRules } from '../../fixtures/detectionRules.js';

const shipped = shippedRules();

it('ships each rule once, under an id and a title of its own', () => {
  expect(shipped.size).toBe(RULES.length);
  expect(new Set([...shipped.values()].map(({ name }) => name)).size).toBe(RULES.length);
});

it('keeps the ids of rules that sites have already imported', () => {
  // An id comes from the rule's name alone: these names stay.
  expect(
    RULES.map(({ name }) => name)
      .sort()
      .join(' '),
  ).toBe(
    'audit-chain-broken boundary-violated closed-without-decision critical-outside-maintenance deployment-unverified dismissals-without-variety drift-latched exception-answers flood interval-change new-command new-device new-function new-relation new-source-to-controller out-of-hours rows-not-read scan scorer-silent sensor-impaired set-point-jump several-detectors silence-of-a-master size-change source-controller-control source-first-pair source-first-write source-write-to-safety-asset triage-skipped-in-bulk write-burst write-elsewhere',
  );
  const ids = Object.fromEntries(RULES.map((rule) => [rule.name, ruleId(rule)]));
  expect(ids).toMatchObject({
    'new-source-to-controller': 'fd75e984-7d0d-8fe7-977a-ab2651bd448a',
    'scorer-silent': '9804a724-bd74-874e-85ca-66d708f53441',
  });
});

it('needs no paid licence: no suppression, no machine learning', () => {
  for (const rule of shipped.values())
    expect(JSON.stringify(rule)).not.toMatch(/alert_suppression|machine_learning/);
});

describe.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
  it('says how it is investigated, what else may cause it, and what it was tried on', () => {
    expect(rule.steps.length).toBeGreaterThanOrEqual(2);
    expect(rule.falsePositives.join('')).not.toBe('');
    expect(rule.firesOn.length).toBeGreaterThan(0);
    expect(rule.silentOn.length).toBeGreaterThan(0);
    expect(shipped.get(ruleId(rule))?.note).toMatch(/^## Triage and analysis\n\n1\. /);
  });

  it('looks back further than it waits, so that nothing falls between two runs', () => {
    const { interval = '', from = '' } = shipped.get(ruleId(rule)) ?? {};
    const minutes = (text: string) => Number(/\d+/.exec(text)?.[0]);
    expect(minutes(from)).toBeGreaterThan(minutes(interval));
  });
});
