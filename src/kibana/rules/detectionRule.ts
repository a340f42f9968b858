import type { Tactic, Technique } from '../../anomaly/attackIcs.js';
import { indexPattern, typeOf } from '../dataView.js';
import { stableUuid } from '../stableId.js';
import { toEsql } from './esql.js';
import type { Rule } from './rule.js';

/** A rule as Kibana's import of detection rules takes it. */
export type DetectionRule = Readonly<Record<string, unknown>>;

const SEVERITY = { 21: 'low', 47: 'medium', 73: 'high', 99: 'critical' } as const;
/** Counts up when a rule changes what it finds, so that a site sees which one it has. */
const VERSION = 1;
/** The alerts that one run may make: a flood is one finding, told by the detector's group. */
const MAX_SIGNALS = 100;

export function ruleId(rule: Rule): string {
  return stableUuid('detection rule', rule.name);
}

export function toDetectionRule(rule: Rule): DetectionRule {
  return {
    rule_id: ruleId(rule),
    name: rule.title,
    description: rule.description,
    author: ['ot-anomaly-detector'],
    license: 'Apache-2.0',
    version: VERSION,
    // A site switches on what it has the data and the people for.
    enabled: false,
    actions: [],
    exceptions_list: [],
    references: [],
    tags: ['Domain: ICS', ...rule.tags],
    risk_score: rule.risk,
    severity: SEVERITY[rule.risk],
    risk_score_mapping:
      rule.riskOfAlert === true ? [{ field: 'event.risk_score', operator: 'equals', value: '' }] : [],
    severity_mapping:
      rule.riskOfAlert === true
        ? Object.entries(SEVERITY).map(([value, severity]) => ({
            field: 'event.severity',
            operator: 'equals',
            value,
            severity,
          }))
        : [],
    threat: toThreat(rule.techniques),
    false_positives: rule.falsePositives,
    note: toNote(rule),
    setup: rule.setup ?? '',
    interval: `${rule.everyMinutes}m`,
    from: `now-${rule.everyMinutes + rule.lookBackMinutes}m`,
    to: 'now',
    max_signals: MAX_SIGNALS,
    ...kindOf(rule),
  };
}

function kindOf(rule: Rule): Readonly<Record<string, unknown>> {
  if (rule.type === 'absence') return { type: 'esql', language: 'esql', query: toEsql(rule) };
  const searched = {
    type: rule.type,
    language: 'lucene',
    query: rule.query,
    index: indexPattern(rule.view).split(','),
    // Late rows are found by when they arrived.
    timestamp_override: 'event.ingested',
  };
  switch (rule.type) {
    case 'query':
      return searched;
    case 'threshold':
      for (const field of rule.by) typeOf(rule.view, field);
      return {
        ...searched,
        threshold: {
          field: rule.by,
          value: rule.atLeast,
          cardinality:
            rule.distinct === undefined ? [] : [{ field: rule.distinct.field, value: rule.distinct.atLeast }],
        },
      };
    case 'new_terms':
      for (const field of rule.by) typeOf(rule.view, field);
      return {
        ...searched,
        new_terms_fields: rule.by,
        history_window_start: `now-${rule.historyDays}d`,
      };
    case 'threat_match':
      return {
        ...searched,
        threat_index: indexPattern(rule.indicators.view).split(','),
        threat_query: rule.indicators.query,
        threat_language: 'lucene',
        threat_indicator_path: rule.indicators.path,
        threat_mapping: [{ entries: [{ field: rule.field, type: 'mapping', value: rule.indicators.field }] }],
        threat_filters: [],
      };
  }
}

/** One entry a tactic. Kibana's picker knows the Enterprise matrix only, and shows these ids as they are. */
function toThreat(techniques: readonly Technique[]) {
  const tactics = new Map<string, Tactic>(
    techniques.flatMap((technique) => technique.tactics.map((tactic) => [tactic.id, tactic] as const)),
  );
  return [...tactics.values()].map((tactic) => ({
    framework: 'MITRE ATT&CK',
    tactic: {
      id: tactic.id,
      name: tactic.name,
      reference: `https://attack.mitre.org/tactics/${tactic.id}/`,
    },
    technique: techniques
      .filter(({ tactics: of }) => of.some(({ id }) => id === tactic.id))
      .map(({ id, name }) => ({
        id,
        name,
        reference: `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`,
        subtechnique: [],
      })),
  }));
}

function toNote({ steps, techniques }: Rule): string {
  const named = techniques
    .filter(({ id, v18 }) => id !== v18)
    .map(({ id, v18 }) => `${id} was ${v18} up to v18 of ATT&CK for ICS.`);
  return [
    '## Triage and analysis',
    '',
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    ...(named.length === 0 ? [] : ['', ...named]),
    '',
    'Closing this alert in Kibana decides nothing: write the decision about the OT alert, under your own name.',
  ].join('\n');
}
