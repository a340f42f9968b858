import type { Dashboard } from '../dashboard.js';
import { anomalies, audit, deployments, incidents, reviews } from '../dataViews.js';
import { count, metric, newest, once, terms } from '../lens/column.js';
import { auditRecords, deploymentRecords, reviewTasks } from '../searches.js';
import { TAGS } from '../tags.js';
import { ALERT, chart, lines, markdown, navigation, parts, rows, tiles } from './common.js';

const audited = (name: string) => `ot_anomaly.audit.${name}`;
const deployed = (name: string) => `ot_anomaly.deployment.${name}`;
const reviewed = (name: string) => `ot_anomaly.review.${name}`;
const OPENED = `${reviewed('state')}:open`;
const DONE = `${reviewed('state')}:done`;
/** of a task that is open, in which alone it stands */
const DUE = metric('max', reviewed('due'), 'Due');
const REFUSED = 'event.action:(deployment-refused OR retrain-refused OR deployment-unverified)';

export const modelAndGovernance: Dashboard = {
  name: 'model-and-governance',
  title: '[OT] Model and governance',
  description: 'Which model alerts and who signed it, gates, staging, boundary results, reviews, retraining.',
  view: audit,
  tags: [TAGS.ot, TAGS.oversight],
  from: 'now-90d',
  controls: [],
  rows: [
    navigation(),
    tiles(
      [
        'Newest deployment',
        deployments,
        metric('max', '@timestamp', 'Newest deployment', `${deployed('stage')}:production`),
      ],
      [
        'Boundary violations',
        audit,
        count('Checks that found a credential overstepping', `${audited('boundary.passed')}:false`),
      ],
      ['Refusals', audit, count('Refused or unverified', REFUSED)],
      [
        'Records outside the chain',
        audit,
        count('Audit records without a number', `NOT _exists_:${audited('sequence')}`),
      ],
    ),
    [
      markdown(
        48,
        6,
        `This is a **mirror for people to look at**. What counts are the signed files in the registry
(\`ot-anomaly model list\`, \`ot-anomaly audit verify\`, \`ot-anomaly boundary verify\`): an administrator of Elasticsearch
could write what stands here. Two models in *Alerts by model* at one time mean two scorers that disagree about what is
in force. Records outside the chain were written by something that is none of this system’s parts.`,
      ),
    ],
    [
      chart(28, 13, {
        shape: 'table',
        title: 'Deployments',
        description: 'Production and staging, by what people signed',
        view: deployments,
        by: [
          terms(deployed('stage'), 'Stage', 2),
          terms('event.action', 'What', 5),
          terms(deployed('model_sha256'), 'Model (SHA-256)', 10),
        ],
        values: [
          metric('max', '@timestamp', 'When'),
          metric('max', deployed('sequence'), 'Number'),
          newest(deployed('people'), 'Signed by'),
          newest(deployed('ticket'), 'Ticket'),
          newest(deployed('alert_line'), 'Alert line'),
        ],
      }),
      chart(20, 13, {
        shape: 'table',
        title: 'Alerts by model',
        view: anomalies,
        where: ALERT,
        by: [
          terms('ot_anomaly.model.sha256', 'Model (SHA-256)', 5),
          terms('ot_anomaly.model.lab', 'Lab model', 2),
        ],
        values: [
          count('Alerts'),
          metric('unique_count', 'destination.ip', 'Destinations'),
          metric('min', '@timestamp', 'First'),
          metric('max', '@timestamp', 'Last'),
        ],
      }),
    ],
    [
      chart(24, 13, {
        shape: 'table',
        title: 'Gates, approvals and deployments',
        description: 'What was asked for, by whom, and how it ended; the reasons stand in the records below',
        view: audit,
        where:
          'event.action:(gate-recorded OR approval-* OR deployment-* OR model-* OR threshold-* OR staging-*)',
        by: [terms('event.action', 'Action', 15), terms(audited('model_sha256'), 'Model (SHA-256)', 5)],
        values: [
          count('Records'),
          newest('event.outcome', 'Outcome'),
          newest(audited('person'), 'Person'),
          metric('max', '@timestamp', 'Last'),
        ],
      }),
      chart(24, 13, {
        shape: 'table',
        title: 'Retraining',
        view: audit,
        where: 'event.action:retrain-* AND _exists_:ot_anomaly.audit.retrain.approval_ticket_id',
        by: [terms(audited('retrain.approval_ticket_id'), 'Ticket', 10), terms('event.action', 'Step', 4)],
        values: [
          metric('max', '@timestamp', 'When'),
          newest(audited('retrain.requested_by'), 'Asked by'),
          newest(audited('retrain.approved_by'), 'Approved by'),
          newest(audited('retrain.adversarial_test_result'), 'Gate'),
        ],
      }),
    ],
    [
      chart(24, 12, {
        shape: 'table',
        title: 'Boundary: what each credential was found able to do',
        view: audit,
        where: `_exists_:${audited('boundary.credential')}`,
        by: [terms(audited('boundary.credential'), 'Credential', 12)],
        values: [
          metric('max', '@timestamp', 'Checked'),
          metric('max', audited('boundary.checks'), 'Checks'),
          count('Passed', `${audited('boundary.passed')}:true`),
          count('Overstepped', `${audited('boundary.passed')}:false`),
        ],
      }),
      chart(24, 12, {
        shape: 'table',
        title: 'Policies in force',
        description: 'Digests that records and deployments were made under: a change is a new line',
        view: audit,
        where: `_exists_:${audited('policies.ai_governance_policy')}`,
        by: [
          terms(audited('policies.ai_governance_policy'), 'AI governance policy', 3),
          terms(audited('policies.retraining_policy'), 'Retraining policy', 3),
          terms(audited('policies.approvers'), 'Approvers', 3),
        ],
        values: [count('Records'), metric('min', '@timestamp', 'First'), metric('max', '@timestamp', 'Last')],
      }),
    ],
    [
      chart(28, 12, {
        shape: 'table',
        title: 'Open reviews, the longest overdue first',
        description:
          'Tasks that no person has said to be done; what a part of this system says doesn’t count',
        view: reviews,
        where: `${OPENED} OR (${DONE} AND NOT user.name:ot_anomaly_*)`,
        by: [once(reviewed('id'), 'Review')],
        values: [
          DUE,
          count('Overdue', `${OPENED} AND ${reviewed('due')}:[* TO now]`),
          newest(reviewed('trigger'), 'Called for by'),
          newest(reviewed('subject'), 'About'),
        ],
        sorted: { by: DUE, direction: 'asc' },
      }),
      chart(20, 12, {
        shape: 'table',
        title: 'Incidents',
        description: 'Alerts and training data from an incident’s time are tainted',
        view: incidents,
        by: [terms('ot_anomaly.incident.id', 'Incident', 20)],
        values: [
          metric('max', '@timestamp', 'Last'),
          newest('ot_anomaly.incident.state', 'State'),
          metric('min', 'ot_anomaly.incident.suspected_from', 'Suspected from'),
          newest('user.name', 'Said by'),
        ],
      }),
    ],
    [
      parts(
        24,
        12,
        {
          title: 'Audit records by part',
          view: audit,
        },
        terms(audited('part'), 'Part', 10),
        'Records',
      ),
      lines(
        24,
        12,
        {
          title: 'Growth of the chain',
          description: 'Both lines run together; more records than numbers are doubles, fewer are losses',
          view: audit,
        },
        count('Records'),
        metric('unique_count', audited('sequence'), 'Numbers'),
      ),
    ],
    [rows(14, deploymentRecords)],
    [rows(14, reviewTasks)],
    [rows(14, auditRecords)],
  ],
};
