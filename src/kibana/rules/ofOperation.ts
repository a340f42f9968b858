import { decisions, scorerMetrics, sources, triage } from '../dataViews.js';
import { OF_ALERTS } from './ofAlerts.js';
import type { Rule } from './rule.js';
import { document, kibanaAlert, modbusRow, type Sample, sensorAlert, times } from './samples.js';

const SKIPPED_AT_LEAST = 20;
const SAME_WORDS_AT_LEAST = 5;
const UNREAD_AT_LEAST = 100;
/** Where Kibana keeps the alerts of its rules in the default space. */
export const KIBANA_ALERTS = '.alerts-security.alerts-default';

function skipped(outcome: string) {
  return document('logs-ot_anomaly.triage', {
    'ot_anomaly.triage.outcome': outcome,
    'ot_anomaly.triage.reason': 'llm_unavailable',
    'ot_anomaly.alert.id': 'a-sample',
  });
}

function dismissal(justification: string) {
  return document('logs-ot_anomaly.decision', {
    'ot_anomaly.decision.action': 'dismiss',
    'ot_anomaly.decision.justification': justification,
    'ot_anomaly.alert.id': 'a-sample',
  });
}

function heartbeat(minutesAgo: number): Sample {
  return {
    kind: 'document',
    template: 'metrics-ot_anomaly.scorer',
    fields: {
      'event.kind': 'metric',
      'event.module': 'ot_anomaly',
      'event.dataset': 'ot_anomaly.scorer',
      'ot_anomaly.scorer.name': 'north',
    },
    minutesAgo,
  };
}

/** Rules over how the system itself and its people are doing. */
export const RULES_OF_OPERATION: readonly Rule[] = [
  {
    name: 'scorer-silent',
    type: 'absence',
    title: 'OT: scorer silent',
    description:
      'A scorer that gave heartbeats within the last day has given none for five minutes. Without it, no alerts means nothing.',
    view: scorerMetrics,
    by: ['ot_anomaly.scorer.name'],
    hours: 24,
    absent: { field: '@timestamp', withinMinutes: 5 },
    risk: 73,
    techniques: [],
    tags: ['Operation'],
    everyMinutes: 5,
    lookBackMinutes: 1_435,
    steps: [
      'See **[OT] Scorer health**: when was the last heartbeat, and what did the audit record say then?',
      'Look at the scorer’s process and its log on its host; start it again with `ot-anomaly score --follow`. It goes on from its checkpoint and writes no alert twice.',
      'If all scorers and all logs stopped at one moment, it is Elasticsearch or the network: `ot-anomaly` has nothing to do with it.',
    ],
    falsePositives: ['A scorer that was taken out of service within the last day.'],
    firesOn: [{ what: 'a scorer whose last heartbeat is ten minutes old', documents: [heartbeat(10)] }],
    silentOn: [{ what: 'a scorer that beat a minute ago', documents: [heartbeat(10), heartbeat(1)] }],
  },
  {
    ...OF_ALERTS,
    name: 'sensor-impaired',
    type: 'query',
    title: 'OT: a sensor does not see everything',
    description:
      'A sensor lost packets, fell silent or sees less than it did. Detectors of interval and silence abstain for it meanwhile: no alert of theirs means nothing.',
    query: 'event.kind:alert AND ot_anomaly.detector:sensor_health',
    risk: 47,
    techniques: [],
    tags: ['Operation'],
    steps: [
      'The alert’s reason says which sensor (`observer.name`), what is wrong (`ot_anomaly.sensor.condition`) and since when.',
      'Look at the sensor’s host: load, disk, the mirror port, `capture_loss` in **[OT] Zeek rows**.',
      'Somebody who blinds a sensor does so before the act: look at what the other sensors saw at that time.',
    ],
    falsePositives: ['Work on the mirror port; a sensor that was restarted.'],
    firesOn: [
      {
        what: 'a sensor that loses packets',
        documents: [sensorAlert('ot-anomaly-sensor-impaired', 'alert')],
      },
    ],
    silentOn: [
      {
        what: 'a sensor that sees everything again',
        documents: [sensorAlert('ot-anomaly-sensor-recovered', 'event')],
      },
    ],
  },
  {
    name: 'rows-not-read',
    type: 'threshold',
    title: 'OT: rows of a log can’t be read',
    description:
      'Many rows of one log failed in their ingest pipeline within an hour. They are kept, and not scored.',
    view: sources,
    query: 'event.kind:pipeline_error',
    by: ['event.dataset'],
    atLeast: UNREAD_AT_LEAST,
    risk: 47,
    techniques: [],
    tags: ['Operation'],
    everyMinutes: 10,
    lookBackMinutes: 50,
    steps: [
      'Open the search **[OT] Rows that no pipeline could read**: the reason stands beside each row’s text.',
      'Did a sensor change its version or format? Compare `event.original` of a failed row with one of before.',
    ],
    falsePositives: ['A file of another kind brought in under a log’s name.'],
    firesOn: [
      {
        what: 'a hundred rows that are no JSON',
        documents: times(UNREAD_AT_LEAST, () => ({ kind: 'row', log: 'modbus', row: {} })),
      },
    ],
    silentOn: [
      {
        what: 'as many rows that are read',
        documents: times(UNREAD_AT_LEAST, () => modbusRow('10.1.0.9', '10.1.1.10', 'READ_COILS')),
      },
    ],
  },
  {
    name: 'triage-skipped-in-bulk',
    type: 'threshold',
    title: 'OT: AI triage skips or fails in bulk',
    description:
      'Twenty alerts or more within an hour got no answer of the LLM, for one reason. Alerts flow without it; who counts on its notes should know.',
    view: triage,
    query: 'ot_anomaly.triage.outcome:(skipped OR fallback)',
    by: ['ot_anomaly.triage.reason'],
    atLeast: SKIPPED_AT_LEAST,
    risk: 47,
    techniques: [],
    tags: ['AI oversight'],
    everyMinutes: 10,
    lookBackMinutes: 50,
    steps: [
      'The reason is what the rule groups by. `ot_anomaly.triage.outcome:(skipped OR fallback)` in **[OT] What the AI said** shows the alerts.',
      'A flood of alerts that crowds the AI out can be meant to: look at the alerts first, at the AI second.',
    ],
    falsePositives: ['A planned outage of the LLM’s server.'],
    firesOn: [
      {
        what: 'twenty alerts without an answer',
        documents: times(SKIPPED_AT_LEAST, () => skipped('skipped')),
      },
    ],
    silentOn: [
      { what: 'twenty answers', documents: times(SKIPPED_AT_LEAST, () => skipped('answered')) },
      {
        what: 'nineteen without an answer',
        documents: times(SKIPPED_AT_LEAST - 1, () => skipped('fallback')),
      },
    ],
  },
  {
    name: 'dismissals-without-variety',
    type: 'threshold',
    title: 'OT: dismissals in the same words',
    description:
      'One person dismissed five alerts or more within a day with the very same justification: a sign of tiredness, or of a detector that nobody believes.',
    view: decisions,
    query: 'ot_anomaly.decision.action:(dismiss OR false_positive)',
    by: ['user.name', 'ot_anomaly.decision.justification.keyword'],
    atLeast: SAME_WORDS_AT_LEAST,
    risk: 47,
    techniques: [],
    tags: ['AI oversight'],
    everyMinutes: 60,
    lookBackMinutes: 1_380,
    steps: [
      'Read the alerts that were dismissed: `ot_anomaly.decision.action:(dismiss OR false_positive) AND user.name:"<name>"` in **[OT] Decisions**.',
      'Talk with the person before anything is concluded: is it one cause, rightly told five times?',
      'If the alerts share a cause, name it in the inventory or a maintenance window; don’t let people click it away.',
    ],
    falsePositives: ['One event that raised several alerts, rightly dismissed together.'],
    firesOn: [
      {
        what: 'five times the same words',
        documents: times(SAME_WORDS_AT_LEAST, () => dismissal('known, ignore')),
      },
    ],
    silentOn: [
      {
        what: 'five justifications of their own',
        documents: times(SAME_WORDS_AT_LEAST, (i) => dismissal(`pump ${i} was serviced, see the shift log`)),
      },
    ],
  },
  {
    name: 'closed-without-decision',
    type: 'absence',
    title: 'OT: alert closed in Kibana without a decision',
    description:
      'An alert of these rules was closed in Kibana within the last day, and no decision document speaks of its OT alert.',
    view: decisions,
    alsoOf: [KIBANA_ALERTS],
    by: ['ot_anomaly.alert.id', 'ot_anomaly.group.id'],
    hours: 24,
    present: { field: 'kibana.alert.workflow_status', is: 'closed' },
    absent: { field: 'ot_anomaly.decision.action', exists: true },
    risk: 47,
    techniques: [],
    tags: ['AI oversight'],
    everyMinutes: 60,
    lookBackMinutes: 1_380,
    steps: [
      '`about` is the id of the OT alert: `ot_anomaly.group.id:"<about>"` in **[OT] Alerts**.',
      'Ask who closed it in Kibana to write the decision, with its reason, under the same name.',
    ],
    falsePositives: ['A decision that was written more than a day before the alert was closed.'],
    setup:
      'The alerts index of the default space is named in the query; change it where the rules run in another space. The rule needs a first alert of any rule that copies ot_anomaly.group.id, or Kibana says that the column is unknown.',
    firesOn: [{ what: 'a closed alert that nobody decided', documents: [kibanaAlert('closed')] }],
    silentOn: [
      {
        what: 'a closed alert with a decision',
        documents: [
          kibanaAlert('closed'),
          document('logs-ot_anomaly.decision', {
            'ot_anomaly.alert.id': 'a-sample',
            'ot_anomaly.decision.action': 'dismiss',
          }),
        ],
      },
      { what: 'an open alert', documents: [kibanaAlert('open')] },
    ],
  },
];
