import { indexTemplates } from '../setup/assets.js';
import {
  anomalies,
  assets,
  audit,
  cases,
  checkpoints,
  decisions,
  deployments,
  holds,
  incidents,
  maintenance,
  recommendations,
  reviews,
  scorerMetrics,
  sources,
  triage,
} from './dataViews.js';
import { mappedFieldsOf } from './mappedFields.js';
import type { SavedSearch } from './savedSearch.js';
import { TAGS } from './tags.js';

export const newestAlerts: SavedSearch = {
  name: 'search-alerts',
  title: '[OT] Alerts',
  description: 'One row for each alert; what was seen again later is left out.',
  view: anomalies,
  where: 'event.kind:alert',
  columns: [
    'event.risk_score',
    'ot_anomaly.detector',
    'ot_anomaly.relation',
    'ot_anomaly.function_code',
    'event.reason',
    'ot_anomaly.group.id',
  ],
  tags: [TAGS.ot, TAGS.work],
};

export const allAnomalies: SavedSearch = {
  name: 'search-anomalies',
  title: '[OT] Alerts and what was seen again',
  description: 'Each document of the anomaly stream with its group and counts.',
  view: anomalies,
  where: 'event.kind:(alert OR event)',
  columns: [
    'event.kind',
    'ot_anomaly.group.id',
    'ot_anomaly.group.records',
    'ot_anomaly.score',
    'ot_anomaly.relation',
    'ot_anomaly.function_code',
    'ot_anomaly.interval',
    'ot_anomaly.zeek.uid',
  ],
  tags: [TAGS.ot, TAGS.work],
};

export const rawRows: SavedSearch = {
  name: 'search-source-rows',
  title: '[OT] Zeek rows',
  description: 'Rows of all industrial logs as they came.',
  view: sources,
  where: 'event.kind:event',
  columns: [
    'event.dataset',
    'source.address',
    'destination.address',
    'destination.port',
    'network.protocol',
    'event.action',
    'event.outcome',
    'zeek.session_id',
  ],
  tags: [TAGS.ot, TAGS.work],
};

export const unreadRows: SavedSearch = {
  name: 'search-unread-rows',
  title: '[OT] Rows that no pipeline could read',
  description: 'Kept with their text and the reason; none of them is scored.',
  view: sources,
  where: 'event.kind:pipeline_error',
  columns: ['event.dataset', 'ot_zeek.failure.processor', 'ot_zeek.failure.reason'],
  tags: [TAGS.ot, TAGS.run],
};

export const auditRecords: SavedSearch = {
  name: 'search-audit',
  title: '[OT] Audit records',
  description: 'What each part was about to do, written before it did it.',
  view: audit,
  where: '',
  columns: ['event.action', 'ot_anomaly.audit.part', 'user.name', 'message'],
  tags: [TAGS.ot, TAGS.oversight],
};

export const aiAnswers: SavedSearch = {
  name: 'search-triage',
  title: '[OT] What the AI said',
  description: 'Annotations: advice, which changes no alert.',
  view: triage,
  where: '',
  columns: [
    'ot_anomaly.alert.id',
    'ot_anomaly.triage.outcome',
    'ot_anomaly.triage.classification',
    'ot_anomaly.triage.confidence',
    'ot_anomaly.triage.guardrails',
    'message',
  ],
  tags: [TAGS.ot, TAGS.oversight],
};

export const drafts: SavedSearch = {
  name: 'search-recommendations',
  title: '[OT] Draft recommendations',
  description: 'Proposals that wait for a person; none was carried out.',
  view: recommendations,
  where: '',
  columns: [
    'ot_anomaly.alert.id',
    'ot_anomaly.recommendation.target',
    'ot_anomaly.recommendation.needs_change_ticket',
    'ot_anomaly.recommendation.proposed_by',
    'message',
  ],
  tags: [TAGS.ot, TAGS.work],
};

export const decisionsOfPeople: SavedSearch = {
  name: 'search-decisions',
  title: '[OT] Decisions',
  description: 'What people decided, under their own names.',
  view: decisions,
  where: '',
  columns: [
    'ot_anomaly.alert.id',
    'ot_anomaly.decision.action',
    'user.name',
    'ot_anomaly.decision.ticket',
    'message',
  ],
  tags: [TAGS.ot, TAGS.work, TAGS.oversight],
};

export const deploymentRecords: SavedSearch = {
  name: 'search-deployments',
  title: '[OT] Deployments',
  description: 'What was staged, deployed and rolled back; a mirror of the signed files.',
  view: deployments,
  where: '',
  columns: [
    'event.action',
    'ot_anomaly.deployment.stage',
    'ot_anomaly.deployment.sequence',
    'ot_anomaly.deployment.model_sha256',
    'ot_anomaly.deployment.people',
    'ot_anomaly.deployment.ticket',
    'message',
  ],
  tags: [TAGS.ot, TAGS.oversight],
};

export const reviewTasks: SavedSearch = {
  name: 'search-reviews',
  title: '[OT] Reviews',
  description: 'Tasks to look at the system again, and what people found.',
  view: reviews,
  where: '',
  columns: [
    'ot_anomaly.review.state',
    'ot_anomaly.review.trigger',
    'ot_anomaly.review.subject',
    'ot_anomaly.review.due',
    'user.name',
    'message',
  ],
  tags: [TAGS.ot, TAGS.oversight],
};

export const incidentEvents: SavedSearch = {
  name: 'search-incidents',
  title: '[OT] Incidents',
  description: 'Opened and closed by people.',
  view: incidents,
  where: '',
  columns: [
    'ot_anomaly.incident.id',
    'ot_anomaly.incident.state',
    'ot_anomaly.incident.suspected_from',
    'ot_anomaly.incident.missed',
    'user.name',
  ],
  tags: [TAGS.ot, TAGS.oversight],
};

export const plannedWork: SavedSearch = {
  name: 'search-maintenance',
  title: '[OT] Planned work',
  description: 'Windows of the calendars that were imported; the newest import of a calendar is in force.',
  view: maintenance,
  where: 'event.action:maintenance-planned',
  columns: [
    'event.start',
    'event.end',
    'message',
    'ot_anomaly.maintenance.calendar',
    'ot_anomaly.maintenance.assets',
    'ot_anomaly.maintenance.zones',
  ],
  tags: [TAGS.ot, TAGS.work],
};

const inventory: SavedSearch = {
  name: 'search-assets',
  title: '[OT] Asset inventory',
  description: 'What was imported; the newest record of an address counts.',
  view: assets,
  where: '',
  columns: [
    'ot_anomaly.asset.address',
    'ot_anomaly.asset.name',
    'ot_anomaly.asset.type',
    'ot_anomaly.asset.zone',
    'ot_anomaly.asset.criticality',
    'ot_anomaly.asset.owner',
  ],
  tags: [TAGS.ot, TAGS.work],
};

const outsideCases: SavedSearch = {
  name: 'search-cases',
  title: '[OT] Cases of outside systems',
  description: 'Which case of a SOAR or ticket system belongs to which alert.',
  view: cases,
  where: 'event.dataset:"ot_anomaly.case"',
  columns: ['ot_anomaly.alert.id', 'ot_anomaly.case.system', 'ot_anomaly.case.id', 'ot_anomaly.case.url'],
  tags: [TAGS.ot, TAGS.work],
};

const heldDocuments: SavedSearch = {
  name: 'search-holds',
  title: '[OT] Documents on hold',
  description: 'Copies that are kept for an alert or an incident, with their digests.',
  view: holds,
  where: '',
  columns: [
    'ot_anomaly.hold.subject',
    'ot_anomaly.hold.index',
    'ot_anomaly.hold.id',
    'ot_anomaly.hold.sha256',
  ],
  tags: [TAGS.ot, TAGS.oversight],
};

const scorerCheckpoints: SavedSearch = {
  name: 'search-checkpoints',
  title: '[OT] Checkpoints of scorers',
  description: 'How far each scorer has settled, to go on from after a restart.',
  view: checkpoints,
  where: '',
  columns: [
    'ot_anomaly.checkpoint.scorer',
    'ot_anomaly.checkpoint.position',
    'ot_anomaly.checkpoint.model_sha256',
  ],
  tags: [TAGS.ot, TAGS.run],
};

export const heartbeats: SavedSearch = {
  name: 'search-heartbeats',
  title: '[OT] Heartbeats of scorers',
  description: 'What each scorer did since its previous heartbeat.',
  view: scorerMetrics,
  where: '',
  columns: [
    'ot_anomaly.scorer.name',
    'ot_anomaly.scorer.read',
    'ot_anomaly.scorer.scored',
    'ot_anomaly.scorer.alerts',
    'ot_anomaly.scorer.pending',
    'ot_anomaly.scorer.lag_ms',
  ],
  tags: [TAGS.ot, TAGS.run],
};

/** Columns of a log that a row of Discover has room for. */
const COLUMNS_OF_A_LOG = 7;
const NOT_SHOWN = /\.(is_orig|source_h|source_p|destination_h|destination_p|peer|packet_correlation_id)$/;

/** One for each Zeek log, with the first columns that are its own. */
const logs: readonly SavedSearch[] = indexTemplates().flatMap(({ name }) => {
  const log = /^logs-ot_zeek\.(.+)$/.exec(name)?.[1];
  if (log === undefined) return [];
  const own = [...mappedFieldsOf(name).keys()].filter(
    (field) => field.startsWith(`zeek.${log}.`) && !NOT_SHOWN.test(field),
  );
  return [
    {
      name: `search-log-${log}`,
      title: `[OT] Log ${log}`,
      description: `Rows of ${log}.log.`,
      view: sources,
      where: `event.dataset:"ot_zeek.${log}"`,
      columns: ['source.address', 'destination.address', ...own.slice(0, COLUMNS_OF_A_LOG)],
      tags: [TAGS.ot],
    },
  ];
});

export const SEARCHES: readonly SavedSearch[] = [
  newestAlerts,
  allAnomalies,
  rawRows,
  unreadRows,
  auditRecords,
  aiAnswers,
  drafts,
  decisionsOfPeople,
  deploymentRecords,
  reviewTasks,
  incidentEvents,
  plannedWork,
  inventory,
  outsideCases,
  heldDocuments,
  scorerCheckpoints,
  heartbeats,
  ...logs,
];
