import { audit } from '../dataViews.js';
import type { Rule } from './rule.js';
import { document, type Sample } from './samples.js';

const OF_AUDIT = { view: audit, type: 'query', everyMinutes: 5, lookBackMinutes: 5, techniques: [] } as const;

/** An audit record as parts write it: with its number in the chain. */
function record(action: string, fields: Readonly<Record<string, unknown>> = {}): Sample {
  return document('logs-ot_anomaly.audit', {
    'event.action': action,
    'ot_anomaly.audit.part': 'a-sample',
    'ot_anomaly.audit.sequence': 7,
    ...fields,
  });
}

/** Rules over the audit stream: whether this system keeps within its bounds. */
export const RULES_OF_GOVERNANCE: readonly Rule[] = [
  {
    ...OF_AUDIT,
    name: 'boundary-violated',
    title: 'OT: a credential of this system can do more than it may',
    description:
      'The boundary check tried what no key of this system may do, and something was not refused; or a key lacks what its role says.',
    query: 'ot_anomaly.audit.boundary.passed:false OR event.action:boundary-violated',
    risk: 99,
    tags: ['AI oversight'],
    steps: [
      '`ot_anomaly.audit.boundary.violations` says which act, on which stream, what was expected and what came.',
      'Run `ot-anomaly boundary verify` again, then compare the role with its file under `policies/roles/`. Somebody widened it, or another role of the same user does.',
      'Until it is narrowed: rotate the key (`ot-anomaly setup --rotate`), and look for what was written under it since the last check that passed.',
    ],
    falsePositives: ['A key that was being rotated while the check ran.'],
    firesOn: [
      {
        what: 'a key that deleted what it may not',
        documents: [
          record('boundary-violated', {
            'ot_anomaly.audit.boundary.credential': 'triage',
            'ot_anomaly.audit.boundary.passed': false,
          }),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a check that passed',
        documents: [
          record('boundary-verified', {
            'ot_anomaly.audit.boundary.credential': 'triage',
            'ot_anomaly.audit.boundary.passed': true,
          }),
        ],
      },
    ],
  },
  {
    ...OF_AUDIT,
    name: 'audit-chain-broken',
    title: 'OT: audit chain broken',
    description:
      'A record stands outside of the chain, written by something that is no part of this system, or a verification told of records missing or altered.',
    query: 'event.action:audit-chain-broken OR (*:* AND NOT _exists_:ot_anomaly.audit.sequence)',
    risk: 99,
    tags: ['AI oversight'],
    steps: [
      'Run `ot-anomaly audit verify --anchor <file>` with the heads that were kept outside of Elasticsearch: it names each record and what is wrong with it.',
      'Only an administrator can alter or remove records. Who had such a credential at that time? Elasticsearch’s own audit log knows, if it is switched on.',
      'Keep the stream as it is (snapshot), and hold the models that were deployed since against the registry’s signed files.',
    ],
    falsePositives: ['Records from before records were chained.'],
    setup:
      'Run `ot-anomaly audit verify --record` on a schedule: by itself this rule sees records that stand outside of the chain; those that are missing or altered it sees once a verification has recorded them.',
    firesOn: [
      { what: 'a verification that found a gap', documents: [record('audit-chain-broken')] },
      {
        what: 'a record without a number',
        documents: [document('logs-ot_anomaly.audit', { 'event.action': 'model-deployed' })],
      },
    ],
    silentOn: [
      { what: 'a verification that found nothing', documents: [record('audit-verified')] },
      { what: 'any record of the chain', documents: [record('score-window')] },
    ],
  },
  {
    ...OF_AUDIT,
    name: 'deployment-unverified',
    title: 'OT: the registry of models does not verify',
    description:
      'The scorer found that what the registry calls in force is not signed as the policies demand; the last good model goes on.',
    query: 'event.action:deployment-unverified',
    risk: 99,
    tags: ['AI oversight'],
    steps: [
      'The record’s reasons say what does not verify. `ot-anomaly model list` shows every deployment with its signatures.',
      'A registry that was changed by hand is an attack until shown otherwise: who can write to that folder?',
    ],
    falsePositives: ['A registry whose copy is not complete yet; an approver’s key that expired.'],
    firesOn: [{ what: 'a deployment without signatures', documents: [record('deployment-unverified')] }],
    silentOn: [{ what: 'a deployment', documents: [record('model-deployed')] }],
  },
];
