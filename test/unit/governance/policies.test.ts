import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
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

/** The article's two policies: every key, and every value but the sentences that describe a condition. */
const ARTICLE = {
  ai_governance_policy: {
    system_id: 'ot-anomaly-detector-v1',
    version: '1.0',
    effective_date: '2026-05-03',
    owner: 'ot-security-team',
    access_controls: {
      data_sources: [
        { name: 'zeek-conn-log', access: 'read-only', path: '/data/zeek/' },
        {
          name: 'ot-siem-api',
          access: 'write-alert-only',
          scope: 'CREATE new alert; PROHIBITED: close, suppress, update severity',
        },
      ],
    },
    prohibited_actions: [
      'write to PLC setpoints',
      'write to historian configuration',
      'close or suppress SIEM alerts',
      'modify network ACLs or firewall rules',
      'trigger automated response playbooks without human approval',
    ],
    human_approval_requirements: [
      {
        action: 'change detection threshold',
        approvers: ['ot-security-lead', 'ot-engineering-lead'],
        minimum_approvals: 2,
        approval_channel: 'out-of-band (voice or physical presence)',
      },
      {
        action: 'retrain model',
        approvers: ['ot-security-lead'],
        minimum_approvals: 1,
        approval_channel: 'signed ticket in SIEM',
      },
    ],
    review_schedule: {
      frequency: 'quarterly',
      trigger_events: [
        'major OT reconfiguration (new PLC, new network segment)',
        'confirmed false positive cluster (> 5 per shift)',
        'confirmed false negative (missed incident)',
        'model retrain',
      ],
    },
  },
  retraining_policy: {
    system_id: 'ot-anomaly-detector-v1',
    authorization: {
      who_can_request: ['ot-security-lead', 'ot-security-analyst'],
      who_must_approve: ['ot-security-lead'],
      minimum_approvals: 1,
      approval_must_precede_retrain: true,
    },
    prohibited_conditions: [
      { condition: 'active_incident_open', description: expect.stringMatching(/incident is open/) },
      { condition: 'post_incident_window', description: expect.stringMatching(/30 days after an incident/) },
      { condition: 'unreviewed_anomaly_cluster', description: expect.stringMatching(/no decision/) },
    ],
    data_provenance_requirements: [
      { log_training_window_start: 'required' },
      { log_training_window_end: 'required' },
      { log_data_sources: 'required' },
      { log_anomaly_alerts_in_window: 'required' },
      { log_incidents_in_window: 'required' },
      { sign_training_dataset_hash: 'required' },
    ],
    logging: {
      retrain_events_log: '/var/log/ot-ai/retrain-audit.log',
      log_fields: [
        'timestamp',
        'requested_by',
        'approved_by',
        'approval_ticket_id',
        'training_window_start',
        'training_window_end',
        'training_dataset_sha256',
        'previous_model_sha256',
        'new_model_sha256',
        'adversarial_test_result',
      ],
    },
    post_retrain_validation: [
      { adversarial_robustness_test: 'required (must pass before deployment)' },
      { comparison_against_previous_model: 'required' },
      { staging_period_days: 3 },
    ],
  },
};

/** Ours besides the article's: what its adversarial test asks for in figures. */
const OWN_KEYS = ['adversarial_gate'];

describe('the policies that ship', () => {
  it('have every key and value of the article’s, and none besides but adversarial_gate', () => {
    const ai = load(text('ai_governance_policy.yaml'));
    expect(ai).toEqual({ ai_governance_policy: ARTICLE.ai_governance_policy });
    const retraining = load(text('retraining_policy.yaml')) as typeof ARTICLE;
    const { retraining_policy } = retraining;
    const own = Object.keys(retraining_policy).filter((key) => !(key in ARTICLE.retraining_policy));
    expect(own).toEqual(OWN_KEYS);
    expect(retraining).toEqual({
      retraining_policy: { ...ARTICLE.retraining_policy, adversarial_gate: expect.anything() },
    });
  });

  it('are accepted as the article has them: without the keys that are ours', () => {
    const changed = {
      'ai_governance_policy.yaml': JSON.stringify({ ai_governance_policy: ARTICLE.ai_governance_policy }),
      'retraining_policy.yaml': text('retraining_policy.yaml').replace(/ {2}# Our own key[\s\S]*$/, ''),
    };
    expect(changed['retraining_policy.yaml']).not.toContain('adversarial_gate');
    expect(policies(changed).retraining.adversarial_gate).toEqual(policies().retraining.adversarial_gate);
  });

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
