import { VERDICTS } from '../decision/standing.js';
import { indexTemplates } from '../setup/assets.js';
import { ABOUT_ALERT, ABOUT_ALERT_FIELD } from './aboutAlert.js';
import type { FieldFormat, KibanaDataView } from './dataView.js';
import { NEWEST_OF, NEWEST_WORD_INDEX } from './transform/newestWord.js';

const twoDecimals: FieldFormat = { id: 'number', params: { pattern: '0.00' } };
const oneDecimal: FieldFormat = { id: 'number', params: { pattern: '0.0' } };
const bytes: FieldFormat = { id: 'bytes', params: { pattern: '0,0.[0]b' } };

function duration(inputFormat: 'nanoseconds' | 'milliseconds' | 'seconds'): FieldFormat {
  return {
    id: 'duration',
    params: {
      inputFormat,
      outputFormat: 'humanizePrecise',
      outputPrecision: 2,
      includeSpaceWithSuffix: true,
      useShortSuffix: true,
    },
  };
}

/** Where the sidecar is looked for until `ot-anomaly kibana install --decisions-url` names it. */
export const DECISIONS_URL = 'http://localhost:8080';

/** A link to the sidecar's page about an alert; Kibana opens it in a tab of its own and loads nothing from it. */
const alertPage: FieldFormat = {
  id: 'url',
  params: {
    type: 'a',
    urlTemplate: `${DECISIONS_URL}/alerts/{{value}}`,
    labelTemplate: '{{value}}',
    openLinkInCurrentTab: false,
  },
};

const alertReference = { 'ot_anomaly.alert.id': alertPage };

/** Every Zeek log. */
export const sources: KibanaDataView = {
  name: 'sources',
  label: 'OT source logs',
  pattern: 'logs-ot_zeek.*',
  templates: indexTemplates()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('logs-ot_zeek.')),
  formats: {
    'event.duration': duration('nanoseconds'),
    'zeek.conn.duration': duration('seconds'),
    'source.bytes': bytes,
    'destination.bytes': bytes,
    'network.bytes': bytes,
    'zeek.capture_loss.percent_lost': twoDecimals,
  },
};

export const anomalies: KibanaDataView = {
  name: 'anomalies',
  label: 'OT anomalies',
  templates: ['logs-ot_anomaly.anomaly'],
  formats: {
    'ot_anomaly.score': twoDecimals,
    'ot_anomaly.alert_line': twoDecimals,
    'ot_anomaly.scores.novelty': twoDecimals,
    'ot_anomaly.scores.isolation_forest': twoDecimals,
    'event.risk_score': oneDecimal,
    'ot_anomaly.interval': duration('seconds'),
    'ot_anomaly.evidence.surprisal': oneDecimal,
    // the id of a group is the id of its alert
    'ot_anomaly.group.id': alertPage,
  },
};

export const triage: KibanaDataView = {
  name: 'triage',
  label: 'OT triage by AI (advisory)',
  templates: ['logs-ot_anomaly.triage'],
  formats: {
    ...alertReference,
    'ot_anomaly.triage.confidence': { id: 'percent', params: { pattern: '0%' } },
    'ot_anomaly.triage.latency_ms': duration('milliseconds'),
    'ot_anomaly.triage.cost': { id: 'number', params: { pattern: '0,0.0000' } },
  },
};

export const recommendations: KibanaDataView = {
  name: 'recommendations',
  label: 'OT draft recommendations',
  templates: ['logs-ot_anomaly.recommendation'],
  formats: alertReference,
};

export const decisions: KibanaDataView = {
  name: 'decisions',
  label: 'OT decisions of people',
  templates: ['logs-ot_anomaly.decision'],
  formats: alertReference,
};

/**
 * Added up over an alert's documents: its risk while nobody has given a verdict, far below zero once somebody has. Kibana
 * joins nothing, and this orders a queue without a transform.
 */
export const QUEUE_RANK = 'ot_anomaly.queue_rank';

/** Alerts with all that was said of them: one document type each, held together by the alert's id. */
export const cases: KibanaDataView = {
  name: 'cases',
  label: 'OT alerts and all that speaks of them',
  templates: [
    'logs-ot_anomaly.anomaly',
    'logs-ot_anomaly.triage',
    'logs-ot_anomaly.recommendation',
    'logs-ot_anomaly.decision',
    'logs-ot_anomaly.case',
  ],
  runtimeFields: {
    [ABOUT_ALERT_FIELD]: ABOUT_ALERT,
    [QUEUE_RANK]: {
      type: 'long',
      script: `if (doc.containsKey('ot_anomaly.decision.action') && doc['ot_anomaly.decision.action'].size() > 0) {
  boolean blind = doc['ot_anomaly.decision.blind_check'].size() > 0 && doc['ot_anomaly.decision.blind_check'].value;
  if (!blind && [${VERDICTS.map((action) => `'${action}'`).join(', ')}].contains(doc['ot_anomaly.decision.action'].value)) { emit(-1000); }
} else if (doc['event.kind'].size() > 0 && doc['event.kind'].value == 'alert' && doc.containsKey('event.risk_score') && doc['event.risk_score'].size() > 0) {
  emit((long) Math.round(doc['event.risk_score'].value));
}`,
    },
  },
  formats: {
    [ABOUT_ALERT_FIELD]: alertPage,
    'ot_anomaly.score': twoDecimals,
    'event.risk_score': oneDecimal,
    'ot_anomaly.triage.confidence': { id: 'percent', params: { pattern: '0%' } },
  },
};

/** What the optional transform keeps: one document for each alert. */
export const newestWord: KibanaDataView = {
  name: 'newest-word',
  label: 'OT newest word on each alert (optional transform)',
  pattern: NEWEST_WORD_INDEX,
  templates: NEWEST_OF,
  runtimeFields: { [ABOUT_ALERT_FIELD]: ABOUT_ALERT },
  formats: {
    [ABOUT_ALERT_FIELD]: alertPage,
    'ot_anomaly.score': twoDecimals,
    'event.risk_score': oneDecimal,
  },
};

export const audit: KibanaDataView = {
  name: 'audit',
  label: 'OT audit records',
  templates: ['logs-ot_anomaly.audit'],
};

/** What runs, for people to look at: the signed files of the registry are what counts. */
export const deployments: KibanaDataView = {
  name: 'deployments',
  label: 'OT deployments of models',
  templates: ['logs-ot_anomaly.deployment'],
  formats: { 'ot_anomaly.deployment.alert_line': twoDecimals },
};

export const reviews: KibanaDataView = {
  name: 'reviews',
  label: 'OT reviews',
  templates: ['logs-ot_anomaly.review'],
};

export const incidents: KibanaDataView = {
  name: 'incidents',
  label: 'OT incidents',
  templates: ['logs-ot_anomaly.incident'],
  formats: { 'ot_anomaly.incident.alert_id': alertPage },
};

export const assets: KibanaDataView = {
  name: 'assets',
  label: 'OT asset inventory',
  templates: ['logs-ot_anomaly.asset'],
};

export const PLANNED_WORK = 'ot_anomaly.maintenance.work';

export const maintenance: KibanaDataView = {
  name: 'maintenance',
  label: 'OT planned work',
  templates: ['logs-ot_anomaly.maintenance'],
  // A window belongs to the time of the work, not to that of the import.
  timeField: 'event.start',
  runtimeFields: {
    // What is planned stands in the message, which Elasticsearch doesn't put together by.
    [PLANNED_WORK]: {
      type: 'keyword',
      script: `def text = params._source.message;
if (text != null) { emit(text.toString()); }`,
    },
  },
};

export const holds: KibanaDataView = {
  name: 'holds',
  label: 'OT documents on hold',
  templates: ['logs-ot_anomaly.hold'],
};

export const checkpoints: KibanaDataView = {
  name: 'checkpoints',
  label: 'OT scorer checkpoints',
  templates: ['logs-ot_anomaly.checkpoint'],
};

export const scorerMetrics: KibanaDataView = {
  name: 'scorer-metrics',
  label: 'OT scorer heartbeats',
  templates: ['metrics-ot_anomaly.scorer'],
  formats: { 'ot_anomaly.scorer.lag_ms': duration('milliseconds') },
};

export const DATA_VIEWS: readonly KibanaDataView[] = [
  sources,
  anomalies,
  triage,
  recommendations,
  decisions,
  cases,
  newestWord,
  audit,
  deployments,
  reviews,
  incidents,
  assets,
  maintenance,
  holds,
  checkpoints,
  scorerMetrics,
];
