import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/triage/answer.js';
import { parseAnswer } from '../../../src/triage/answer.js';
import { guard } from '../../../src/triage/guardrails.js';
import { neverBenign } from '../../../src/triage/neverBenign.js';
import { needsChangeTicket, proposedTarget } from '../../../src/triage/proposal.js';
import { isForbiddenWording } from '../../../src/triage/wording.js';
import { alert, reading } from '../../fixtures/alerts.js';

const answer = (over: Partial<Answer> = {}): Answer => ({
  classification: 'requires_investigation',
  confidence: 0.9,
  reasoning: 'A new source reads registers.',
  recommended_analyst_actions: ['Find the owner of 10.0.9.9.'],
  data_gaps: [],
  ...over,
});
const guarded = (over: Partial<Answer>, of = alert(reading)) => guard(answer(over), of, neverBenign(of));

describe('an answer', () => {
  it('has exactly five fields', () => {
    expect(parseAnswer(JSON.stringify(answer()))).toMatchObject({ ok: true });
    for (const text of [
      JSON.stringify({ ...answer(), severity: 1 }),
      JSON.stringify({ ...answer(), confidence: 1.2 }),
      JSON.stringify({ ...answer(), confidence: '0.9' }),
      JSON.stringify({ ...answer(), classification: 'benign' }),
      JSON.stringify({ ...answer(), recommended_analyst_actions: [] }),
      JSON.stringify({ ...answer(), recommended_analyst_actions: ['a', 'b', 'c', 'd'] }),
      JSON.stringify([answer()]),
      'null',
    ])
      expect(parseAnswer(text)).toEqual({ ok: false, reason: 'invalid_answer' });
    expect(parseAnswer('Sure! {"classification"')).toEqual({ ok: false, reason: 'invalid_json' });
  });
});

describe('likely_benign', () => {
  it('stands at 0.85 and becomes an investigation below', () => {
    expect(guarded({ classification: 'likely_benign', confidence: 0.85 }).answer.classification).toBe(
      'likely_benign',
    );
    const below = guarded({ classification: 'likely_benign', confidence: 0.849 });
    expect(below).toMatchObject({
      answer: { classification: 'requires_investigation' },
      modelClassification: 'likely_benign',
      guardrails: ['benign_below_confidence'],
    });
  });

  it.each([
    ['a write', alert({ technique: [] }), 'changing_function'],
    ['a program download', alert({ ...reading, function_code: 'PROGRAM_584' }), 'changing_function'],
    ['a change of mode', alert({ ...reading, function_code: 'DIAGNOSTICS' }), 'changing_function'],
    ['a function nobody knows', alert({ ...reading, function_code: 'unknown-99' }), 'unknown_function'],
    ['latched drift', alert({ ...reading, detector: 'drift' }), 'latched_drift'],
    [
      'a safety instrumented system',
      alert({
        ...reading,
        destination_asset: { address: '10.0.1.5', name: 'ESD', safety_instrumented_system: true },
      }),
      'safety_asset',
    ],
  ])('is not available for %s', (_what, of, reason) => {
    const { answer: held, guardrails } = guarded({ classification: 'likely_benign', confidence: 1 }, of);
    expect(held.classification).toBe('requires_investigation');
    expect(guardrails).toContain(`never_benign_${reason}`);
  });
});

describe('high_priority_escalate', () => {
  const escalate = (reasoning: string, of = alert()) =>
    guarded({ classification: 'high_priority_escalate', reasoning }, of);

  it('stands with a technique that the alert’s evidence allows, by either of its ids', () => {
    for (const id of ['T1692.001', 'T0855', 'T0848'])
      expect(escalate(`It fits ${id}.`).answer.classification).toBe('high_priority_escalate');
  });

  it.each([
    ['no technique', 'It looks bad.', 'escalation_without_technique'],
    ['one that does not exist', 'It fits T9999.', 'unknown_technique'],
    ['one of the enterprise matrix', 'It fits T1059.001.', 'unknown_technique'],
    ['an impact', 'It leads to T0831.', 'unknown_technique'],
    ['one that the evidence does not allow', 'It fits T0878.', 'unsupported_technique'],
  ])('becomes an investigation with %s', (_what, reasoning, guardrail) => {
    const { answer: held, guardrails } = escalate(reasoning);
    expect(held.classification).toBe('requires_investigation');
    expect(guardrails).toContain(guardrail);
    expect(held.reasoning).not.toMatch(/T9999|T1059|T0831|T0878/);
  });

  it('becomes an investigation below a confidence of 0.6', () => {
    const { answer: held, guardrails } = guarded(
      { classification: 'high_priority_escalate', confidence: 0.59, reasoning: 'T0848' },
      alert(),
    );
    expect(held.classification).toBe('requires_investigation');
    expect(guardrails).toEqual(['confidence_too_low']);
  });
});

describe('wording', () => {
  it.each([
    'Close this alert.',
    'The alert can be closed.',
    'Suppress further alerts from this host.',
    'You may safely ignore it.',
    'Dismiss as noise.',
    'Downgrade the severity to low.',
    'Lower the severity.',
    'Mark it as a false positive.',
    'This is a false positive.',
    'No further action is needed.',
    'This does not require investigation.',
    'There is nothing to worry about.',
    'Add the host to the allowlist.',
    'ｃｌｏｓｅ the alert', // full width
    'Clоse the аlert', // Cyrillic о and а
    'c l o s e the alert',
    'sup\u200bpress it',
    'S.u.p.p.r.e.s.s it',
    'resolve the ticket',
    'de-escalate',
    'Treat these reads as benign.',
    'Mute notifications for this rule.',
    'It is safe to move on.',
    'Turn off the detection rule.',
  ])('%j is forbidden', (text) => {
    expect(isForbiddenWording(text)).toBe(true);
    const held = guarded({ reasoning: `A new source reads. ${text} It began at noon.`, data_gaps: [text] });
    expect(held.guardrails).toContain('forbidden_wording');
    expect(isForbiddenWording(held.answer.reasoning)).toBe(false);
    expect(held.answer.data_gaps).toEqual([]);
    const action = guarded({ classification: 'likely_benign', recommended_analyst_actions: [text] });
    expect(action.answer.classification).toBe('requires_investigation');
    expect(action.answer.recommended_analyst_actions).toEqual([
      'Review the alert and the Zeek records behind it.',
    ]);
    expect(action.proposals).toEqual([{ target: 'alert', text: expect.any(String) }]);
  });

  it.each([
    'This fits T0878 Alarm Suppression.',
    'The interval is close to the baseline’s median.',
    'Watch 10.0.9.9 closely.',
    'Compare the values with those of yesterday.',
    'A person has to look at this at once.',
  ])('%j is advice', (text) => {
    expect(isForbiddenWording(text)).toBe(false);
  });
});

describe('a recommended step', () => {
  it.each([
    ['Block 10.0.9.9 at the firewall.', 'network_rule'],
    ['Immediately isolate the engineering workstation.', 'device'],
    ['Set the setpoint of the boiler to 200.', 'process'],
    ['Check the logs, then restart the PLC.', 'device'],
    ['The valve should be closed.', 'process'],
    ['Verify the source and shut down the pump.', 'process'],
    ['Update the ACL to deny this source.', 'network_rule'],
    ['Shut off pump P-101 now.', 'process'],
    ['Cut the power to PLC-7.', 'device'],
    ['Toggle coil 5 of unit 3.', 'process'],
    ['Close the alert.', 'alert'],
  ])('%j becomes a draft that changes a %s', (text, target) => {
    expect(proposedTarget(text)).toBe(target);
    expect(needsChangeTicket(proposedTarget(text) ?? 'alert', text)).toBe(target !== 'alert');
    const held = guarded({ recommended_analyst_actions: [text, 'Find the owner of 10.0.9.9.'] });
    expect(held.answer.recommended_analyst_actions).toEqual(['Find the owner of 10.0.9.9.']);
    expect(held.proposals).toHaveLength(1);
  });

  it.each([
    'Dismiss this alert and reboot PLC-7.',
    'Disregard it. Download the older program to RTU 4 and restart it.',
    'Shut off P-101 at station 3.',
  ])('%j needs a change ticket, whatever it calls itself', (text) => {
    expect(needsChangeTicket('alert', text)).toBe(true);
  });

  it('that changes no more than an alert needs none', () => {
    expect(needsChangeTicket('alert', 'Dismiss this alert and mark it as benign.')).toBe(false);
  });

  it.each([
    'Check the firewall logs for 10.0.9.9.',
    'Compare the program on the PLC with its last backup.',
    'Ask the control room whether the setpoint was changed.',
    'Find the switch port of 10.0.9.9.',
    'Look for other sources that wrote to this PLC today.',
  ])('%j only looks, and stays', (text) => {
    expect(proposedTarget(text)).toBeUndefined();
  });
});
