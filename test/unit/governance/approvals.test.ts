import { describe, expect, it } from 'vitest';
import { type ApprovalFacts, evaluateApprovals } from '../../../src/governance/approval/evaluate.js';
import { actionOf, type Content } from '../../../src/governance/approval/request.js';
import type { Envelope } from '../../../src/governance/signing/dsse.js';
import { approvalOf, newPeople, type People, peopleWith, request } from '../../fixtures/people.js';

const people = newPeople();
const noon = new Date('2026-05-01T12:00:00Z');
const later = (hours: number) => new Date(noon.getTime() + hours * 3_600_000);
const digest = (letter: string) => letter.repeat(64);

const deployment: Content = {
  kind: 'deployment',
  namespace: 'plant',
  sequence: 2,
  previous: digest('a'),
  model_sha256: digest('b'),
  alert_line: -0.2,
  rollback: { model_sha256: digest('c'), alert_line: -0.15, structure_only: false },
  evidence: { training: digest('1'), gate: digest('2'), staging: digest('3'), comparison: digest('4') },
};
const retrain: Content = {
  kind: 'retrain',
  namespace: 'plant',
  index: 'logs-ot_zeek.*-plant',
  profile: { name: 'ot_zeek', sha256: digest('e') },
  from: '2026-03-01T00:00:00Z',
  to: '2026-04-01T00:00:00Z',
  previous_model_sha256: digest('a'),
};

function judge(
  asked: { readonly envelope: Envelope },
  approvals: readonly Envelope[],
  facts: Partial<ApprovalFacts> = {},
) {
  const { granted, refusals } = evaluateApprovals(asked.envelope, approvals, {
    policies: people.policies,
    at: later(2),
    used: new Set(),
    ...facts,
  });
  return { granted, codes: refusals.map(({ code }) => code) };
}

const threshold = () => request(people, 'anna', 'change detection threshold', deployment, noon);
const retraining = (who: 'anna' | 'lena' | 'emma' = 'anna') =>
  request(people, who, 'retrain model', retrain, noon);
const by = (
  who: 'lena' | 'liam' | 'emma' | 'eric' | 'anna',
  sha256: string,
  hours = 1,
  under: People = people,
) => approvalOf(under, who, sha256, later(hours));

describe('a change of threshold', () => {
  it('is granted when two people of two roles signed it', async () => {
    const asked = await threshold();
    expect(judge(asked, [await by('lena', asked.sha256), await by('emma', asked.sha256)])).toEqual({
      granted: true,
      codes: [],
    });
  });

  it('is refused on a request that would be valid for longer than 30 days, whoever signed it', async () => {
    const asked = (days: number) =>
      request(people, 'anna', 'change detection threshold', deployment, noon, {
        expires: later(days * 24).toISOString(),
      });
    for (const [days, codes] of [
      [30, []],
      [31, ['valid_too_long']],
    ] as const) {
      const { envelope, sha256 } = await asked(days);
      expect(judge({ envelope }, [await by('lena', sha256), await by('emma', sha256)]).codes).toEqual(codes);
    }
  });

  it('is refused with one signature, with one person signing twice, and with two people of one role', async () => {
    const asked = await threshold();
    const lena = await by('lena', asked.sha256);
    expect(judge(asked, [])).toEqual({ granted: false, codes: ['too_few'] });
    expect(judge(asked, [lena])).toEqual({ granted: false, codes: ['too_few'] });
    expect(judge(asked, [lena, lena])).toEqual({ granted: false, codes: ['too_few', 'same_person'] });
    expect(judge(asked, [lena, await by('liam', asked.sha256)])).toEqual({
      granted: false,
      codes: ['too_few_roles'],
    });
  });

  it('is what a deployment is whose line differs from the one in force, or is the first', () => {
    expect(actionOf(deployment, -0.15)).toBe('change detection threshold');
    expect(actionOf(deployment, undefined)).toBe('change detection threshold');
    expect(actionOf({ ...deployment, rollback: null }, -0.2)).toBe('retrain model');
    expect(actionOf(deployment, -0.2)).toBe('change detection threshold'); // one person may go back to -0.15
  });
});

describe('a retrain', () => {
  it('is granted when one security lead signed it, asked for by an analyst or the other lead', async () => {
    const asked = await retraining();
    expect(judge(asked, [await by('lena', asked.sha256)]).granted).toBe(true);
    const byLead = await retraining('lena');
    expect(judge(byLead, [await by('liam', byLead.sha256)]).granted).toBe(true);
  });

  it('is refused when who asked also approves, when an engineering lead asks, or approves', async () => {
    const own = await retraining('lena');
    expect(judge(own, [await by('lena', own.sha256)]).codes).toEqual(['too_few', 'is_requester']);
    const foreign = await retraining('emma');
    expect(judge(foreign, [await by('lena', foreign.sha256)]).codes).toEqual(['requester_role']);
    const asked = await retraining();
    expect(judge(asked, [await by('emma', asked.sha256)]).codes).toEqual(['too_few', 'role_may_not_approve']);
  });
});

describe('an approval does not count', () => {
  it('for another content, altered afterwards or signed for another request', async () => {
    const asked = await retraining();
    const other = await request(
      people,
      'anna',
      'retrain model',
      { ...retrain, to: '2026-04-02T00:00:00Z' },
      noon,
    );
    expect(judge(asked, [await by('lena', other.sha256)]).codes).toContain('other_content');
    const altered = await by('lena', asked.sha256);
    const payload = Buffer.from(altered.payload, 'base64').toString().replace(other.sha256, asked.sha256);
    const forged = await by('lena', other.sha256);
    const moved = Buffer.from(forged.payload, 'base64').toString().replace(other.sha256, asked.sha256);
    expect(payload).toContain(asked.sha256);
    expect(judge(asked, [{ ...forged, payload: Buffer.from(moved).toString('base64') }]).codes).toContain(
      'bad_signature',
    );
  });

  it('when the key is nobody’s, or another person’s than it says', async () => {
    const asked = await retraining();
    const stranger = newPeople().signers.lena;
    const by = (signer: typeof stranger) =>
      approvalOf(people, 'lena', asked.sha256, later(1), undefined, signer);
    expect(judge(asked, [await by(stranger)]).codes).toContain('bad_signature');
    expect(judge(asked, [await by(people.signers.liam)]).codes).toContain('other_person');
  });

  it('when signed before the request existed, after it expired, or in the future', async () => {
    const asked = await retraining();
    expect(judge(asked, [await by('lena', asked.sha256, -1)]).codes).toContain('signed_before_request');
    expect(judge(asked, [await by('lena', asked.sha256, 3)]).codes).toContain('signed_in_future');
    const late = judge(asked, [await by('lena', asked.sha256, 24 * 8)], { at: later(24 * 9) });
    expect(late.codes).toEqual(['expired', 'too_few', 'signed_after_expiry']);
  });

  it('from the time on at which its key is revoked, whatever time it claims; what was accepted before stays', async () => {
    const asked = await retraining();
    const lena = await by('lena', asked.sha256);
    const revoked = peopleWith(people.signers, {
      key: { lena: `, revoked_at: "${later(1.5).toISOString()}"` },
    });
    const under = (at: Date) =>
      judge(asked, [lena], { policies: revoked.policies, at, acceptedEarlier: true }).codes;
    expect(under(later(2))).toEqual(['too_few', 'key_not_valid']);
    expect(under(later(1.2))).toEqual([]);
  });

  it('from the time on at which the person no longer holds the role', async () => {
    const asked = await retraining();
    const lena = await by('lena', asked.sha256);
    const left = peopleWith(people.signers, { role: { lena: `, until: "${later(1.5).toISOString()}"` } });
    const under = (at: Date) =>
      judge(asked, [lena], { policies: left.policies, at, acceptedEarlier: true }).codes;
    expect(under(later(2))).toEqual(['too_few', 'role_not_held']);
    expect(under(later(1.2))).toEqual([]);
  });
});

describe('a request is refused', () => {
  it('a second time, before its time, and under other rules than it was made', async () => {
    const asked = await retraining();
    const approvals = [await by('lena', asked.sha256)];
    expect(judge(asked, approvals, { used: new Set([asked.sha256]) }).codes).toEqual(['used']);
    expect(judge(asked, approvals, { at: later(-1) }).codes).toContain('not_yet');
    const stricter = { ...people.policies, digests: { ...people.policies.digests, approvers: digest('0') } };
    expect(judge(asked, approvals, { policies: stricter }).codes).toEqual(['policy_changed']);
  });

  it('when nobody in the approvers file made it, or its signature is another’s', async () => {
    const stranger = await request(people, 'anna', 'retrain model', retrain, noon, {
      requested_by: 'mallory',
    });
    expect(judge(stranger, [await by('lena', stranger.sha256)]).codes).toEqual(['requester_unknown']);
    const forged = await request(people, 'anna', 'retrain model', retrain, noon, { requested_by: 'axel' });
    expect(judge(forged, [await by('lena', forged.sha256)]).codes).toEqual(['requester_unknown']);
  });
});
