import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/packageRoot.js';
import { parsePolicies } from '../../../src/governance/policy/policyFiles.js';

const shipped: Readonly<Record<string, string>> = {
  'ai_governance_policy.yaml': text('ai_governance_policy.yaml'),
  'retraining_policy.yaml': text('retraining_policy.yaml'),
  'approvers.yaml': text('approvers.example.yaml'),
};

function text(name: string): string {
  return readFileSync(packagePath(`policies/${name}`), 'utf8');
}

function policies(changed: Readonly<Record<string, string>> = {}) {
  return parsePolicies((name) => changed[name] ?? shipped[name] ?? '');
}

function problemOf(changed: Readonly<Record<string, string>>): string {
  try {
    policies(changed);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('nothing was refused');
}

const alter = (name: string, from: string | RegExp, to: string) => {
  const altered = (shipped[name] ?? '').replace(from, to);
  expect(altered).not.toBe(shipped[name]);
  return { [name]: altered };
};

describe('the policies that ship', () => {
  it('are valid, agree with one another and have digests', () => {
    const { aiGovernance, retraining, digests } = policies();
    expect(
      aiGovernance.human_approval_requirements.map(({ minimum_approvals }) => minimum_approvals),
    ).toEqual([2, 1]);
    expect(retraining.post_retrain_validation).toContainEqual({ staging_period_days: 3 });
    expect(Object.values(digests).every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
  });

  it('keep their digest when comments and layout change, and lose it with any value', () => {
    const { digests } = policies();
    const commented = policies(alter('retraining_policy.yaml', /^/, '# a comment\n\n'));
    expect(commented.digests).toEqual(digests);
    const changed = policies(
      alter('retraining_policy.yaml', 'staging_period_days: 3', 'staging_period_days: 2'),
    );
    expect(changed.digests.retraining_policy).not.toBe(digests.retraining_policy);
  });
});

describe('a policy is refused', () => {
  it('with every problem of every file named by its path', () => {
    const message = problemOf({
      ...alter('ai_governance_policy.yaml', 'frequency: quarterly', 'frequency: never\n    extra: 1'),
      ...alter(
        'retraining_policy.yaml',
        'approval_must_precede_retrain: true',
        'approval_must_precede_retrain: false',
      ),
    });
    expect(message).toContain('ai_governance_policy.review_schedule.frequency');
    expect(message).toContain('"extra"');
    expect(message).toContain('retraining_policy.authorization.approval_must_precede_retrain: expected true');
  });

  it('when it lets one person, or one role, change a threshold', () => {
    expect(
      problemOf(alter('ai_governance_policy.yaml', 'minimum_approvals: 2', 'minimum_approvals: 1')),
    ).toContain('nobody changes a threshold alone');
    expect(
      problemOf(
        alter('ai_governance_policy.yaml', '[ot-security-lead, ot-engineering-lead]', '[ot-security-lead]'),
      ),
    ).toContain('expected at least two roles');
  });

  it('when it grants an AI part more than reading and creating', () => {
    expect(
      problemOf(alter('ai_governance_policy.yaml', 'access: read-only', 'access: read-write')),
    ).toContain('access_controls.data_sources.0.access');
  });

  it('with YAML aliases, repeated keys, or a size that no policy has', () => {
    expect(
      problemOf(alter('ai_governance_policy.yaml', 'owner: ot-security-team', 'owner: &o x\n  more: *o')),
    ).toMatch(/alias/i);
    expect(problemOf(alter('ai_governance_policy.yaml', 'owner: ', 'owner: a\n  owner: '))).toMatch(
      /duplicat/i,
    );
    expect(problemOf({ 'retraining_policy.yaml': `# ${'x'.repeat(1024 * 1024)}` })).toContain('at most');
  });

  it('when a condition, a provenance field or a log field is left out', () => {
    const without = (line: RegExp) => problemOf(alter('retraining_policy.yaml', line, ''));
    expect(without(/ {4}- condition: post_incident_window\n.*\n/)).toContain('post_incident_window');
    expect(without(/ {4}- sign_training_dataset_hash: required\n/)).toContain('sign_training_dataset_hash');
    expect(without(/ {6}- new_model_sha256\n/)).toContain('new_model_sha256');
    expect(without(/ {4}- staging_period_days: 3\n/)).toContain('staging_period_days');
  });

  it('when the policies contradict one another or nobody holds a role that they name', () => {
    expect(
      problemOf(
        alter('retraining_policy.yaml', 'who_must_approve: [ot-security-lead]', 'who_must_approve: [boss]'),
      ),
    ).toContain('nobody in approvers.yaml holds boss');
    expect(problemOf(alter('retraining_policy.yaml', 'detector-v1', 'detector-v2'))).toContain('system_id');
  });

  it('when a role has one holder only, a person or key stands twice, or a key is no Ed25519 key', () => {
    const approvers = shipped['approvers.yaml'] ?? '';
    const keys = [...approvers.matchAll(/public_key: (\S+),/g)].map(([, key]) => key ?? '');
    expect(problemOf(alter('approvers.yaml', 'role: ot-security-analyst', 'role: other'))).toContain(
      'expected at least 2 holders of',
    );
    expect(problemOf(alter('approvers.yaml', 'example-analyst-1', 'example-analyst-2'))).toContain(
      'stands there twice',
    );
    expect(problemOf(alter('approvers.yaml', keys[0] ?? '', keys[1] ?? ''))).toContain('public key');
    expect(problemOf(alter('approvers.yaml', keys[0] ?? '', 'AAAA'))).toContain(
      'expected an Ed25519 public key',
    );
  });
});
