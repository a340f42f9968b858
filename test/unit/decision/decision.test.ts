import { describe, expect, it } from 'vitest';
import { decisionDocument } from '../../../src/decision/document.js';
import { justificationFault } from '../../../src/decision/justification.js';
import { agreesWithAi, type StoredDraft } from '../../../src/decision/opinion.js';
import { type Action, decisionRequestSchema } from '../../../src/decision/request.js';
import { decisionProblems } from '../../../src/decision/rules.js';
import { type Decision, draftStanding, standingOf, unseenDecisions } from '../../../src/decision/standing.js';
import { alert, reading } from '../../fixtures/alerts.js';
import { decision as decisionBy } from '../../fixtures/decisions.js';

const decision = (by: string, action: Action, minute: number, more: Partial<Decision> = {}): Decision =>
  decisionBy(by, action, {
    id: `${by}-${minute}`,
    at: `2026-02-01T12:${String(minute).padStart(2, '0')}:00.000Z`,
    ...more,
  });

describe('a justification', () => {
  const ai = ['The historian polls this controller every night. Its owner confirmed the change.'];
  it.each([
    ['', 'missing'],
    [' \u200b\u202e ', 'missing'],
    ['!!!', 'missing'],
    ['ok', 'too_short'],
    ['benign', 'too_short'],
    ['a b c', 'too_short'],
    ['known known known known known', 'too_short'],
    [ai[0] ?? '', 'words_of_the_ai'],
    ['the HISTORIAN polls — this controller: every night!', 'words_of_the_ai'],
    ['The histo\u200brian polls this controller every night', 'words_of_the_ai'],
    ['Moved by change CHG-1, seen with the shift lead', 'used_before'],
    ['moved by change chg-1; seen, with the shift lead.', 'used_before'],
    ['Nightly poll of the historian, I rang its owner and saw the work order', undefined],
    ['Измененный адрес, проверено со сменой', undefined],
  ])('%j: %s', (text, fault) => {
    expect(justificationFault(text, ai, ['Moved by change CHG-1, seen with the shift lead'])).toBe(fault);
  });
});

describe('where an alert stands', () => {
  it('is undecided without a verdict, whatever was answered to drafts or tried blind', () => {
    expect(standingOf([])).toBe('undecided');
    expect(standingOf([decision('a', 'confirm', 1), decision('a', 'reset_drift', 2)])).toBe('undecided');
    expect(standingOf([decision('a', 'dismiss', 1, { blind: true })])).toBe('undecided');
  });

  it('follows each person’s newest verdict, and is a conflict while two people contradict each other', () => {
    const first = [decision('a', 'dismiss', 1), decision('b', 'true_positive', 2)];
    expect(standingOf(first)).toBe('conflict');
    expect(standingOf([...first].reverse())).toBe('conflict');
    expect(standingOf([...first, decision('a', 'escalate', 3)])).toBe('escalated');
    expect(standingOf([decision('a', 'dismiss', 1), decision('b', 'false_positive', 2)])).toBe('decided');
  });

  it('names the decisions of others that somebody had not been shown', () => {
    const all = [decision('a', 'dismiss', 1), decision('b', 'escalate', 2), decision('c', 'escalate', 3)];
    expect(unseenDecisions({ id: 'c-3', by: 'c' }, all, ['a-1']).map(({ id }) => id)).toEqual(['b-2']);
  });

  it('takes a draft for pending until a person answers it, and two answers that differ for a conflict', () => {
    const about = { recommendationId: 'd' };
    expect(draftStanding('d', [decision('a', 'confirm', 1, { recommendationId: 'e' })])).toBe(
      'pending_human_approval',
    );
    expect(draftStanding('d', [decision('a', 'confirm', 1, about)])).toBe('confirmed');
    expect(draftStanding('d', [decision('a', 'confirm', 1, about), decision('a', 'reject', 2, about)])).toBe(
      'rejected',
    );
    expect(draftStanding('d', [decision('a', 'confirm', 1, about), decision('b', 'reject', 2, about)])).toBe(
      'conflict',
    );
  });
});

describe('the rules of a decision', () => {
  const draft = (target: StoredDraft['target'], text: string, needsChangeTicket = false): StoredDraft => ({
    id: 'd',
    at: '',
    by: 'ot_anomaly_triage',
    proposedBy: 'llm',
    alertId: 'alert-1',
    target,
    text,
    needsChangeTicket,
  });
  const problems = (request: Record<string, unknown>, drafts: readonly StoredDraft[] = [], blind = false) =>
    decisionProblems(decisionRequestSchema.parse(request), {
      alert: alert(reading),
      opinions: [],
      drafts,
      earlier: [],
      ticketPattern: /^CHG-\d+$/,
      blind,
    }).map(({ field, code }) => `${field} ${code}`);

  it('want a ticket for what touches the plant, though the draft says it needs none', () => {
    const close = draft('alert', 'Close the alert and open the valve.');
    expect(problems({ action: 'confirm', recommendation_id: 'd' }, [close])).toEqual([
      'justification missing',
      'ticket missing',
    ]);
    const block = draft('network_rule', 'Block it.');
    expect(problems({ action: 'confirm', recommendation_id: 'd', ticket: 'later' }, [block])).toEqual([
      'ticket not_a_ticket',
    ]);
    expect(problems({ action: 'confirm', recommendation_id: 'd', ticket: 'CHG-7' }, [block])).toEqual([]);
    expect(problems({ action: 'reject', recommendation_id: 'd' }, [block])).toEqual([]);
  });

  it('want a draft of this alert to confirm or reject, and none for a verdict', () => {
    expect(problems({ action: 'reject', recommendation_id: 'x' })).toEqual([
      'recommendation_id no_such_draft',
    ]);
    expect(problems({ action: 'true_positive', recommendation_id: 'd' })).toEqual([
      'recommendation_id not_about_a_draft',
    ]);
  });

  it('let nobody reset a drift where there is none', () => {
    expect(problems({ action: 'reset_drift', justification: 'Measured again with the operator.' })).toEqual([
      'action no_drift',
    ]);
  });

  it('let a blind check give a verdict and change nothing', () => {
    expect(problems({ action: 'escalate' }, [], true)).toEqual([]);
    const reset = { action: 'reset_drift', justification: 'Measured again with the operator.' };
    expect(problems(reset, [], true)).toContain('action no_exercise');
  });

  it('refuse fields that claim an author or a status', () => {
    for (const claim of [{ user: { name: 'chief' } }, { status: 'approved' }, { ai_classification: 'x' }])
      expect(decisionRequestSchema.safeParse({ action: 'escalate', ...claim }).success).toBe(false);
  });
});

describe('a decision’s document', () => {
  it('names no author, and says whether the person went with the AI', () => {
    const document = decisionDocument({
      alert: alert(reading),
      namespace: 'test',
      request: decisionRequestSchema.parse({ action: 'escalate' }),
      opinion: undefined,
      drafts: [],
      blind: false,
      now: new Date('2026-02-01T13:00:00Z'),
    });
    expect(document).not.toHaveProperty('user');
    const answered = (
      classification: 'likely_benign' | 'requires_investigation' | 'high_priority_escalate',
    ) => ({
      classification,
      outcome: 'answered',
    });
    expect(agreesWithAi('dismiss', answered('likely_benign'))).toBe(true);
    expect(agreesWithAi('true_positive', answered('likely_benign'))).toBe(false);
    expect(agreesWithAi('escalate', answered('high_priority_escalate'))).toBe(true);
    expect(agreesWithAi('escalate', answered('requires_investigation'))).toBeUndefined();
    expect(agreesWithAi('escalate', { classification: 'likely_benign', outcome: 'skipped' })).toBeUndefined();
  });
});
