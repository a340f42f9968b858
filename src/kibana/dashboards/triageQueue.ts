import type { Dashboard } from '../dashboard.js';
import { cases, QUEUE_RANK } from '../dataViews.js';
import { count, filters, metric, newest, overTime, terms } from '../lens/column.js';
import { decisionsOfPeople, drafts, newestAlerts } from '../searches.js';
import { TAGS } from '../tags.js';
import { ALERT, chart, markdown, navigation, rows } from './common.js';

const ABOUT = 'ot_anomaly.about_alert';
/** What each document of a case is, by its stream: fields of one kind of document would not filter the others. */
const DECISION = 'event.dataset:"ot_anomaly.decision"';
const DRAFT = 'event.dataset:"ot_anomaly.recommendation"';
const ANSWERED = 'ot_anomaly.triage.outcome:answered';
const UNANSWERED = 'ot_anomaly.triage.outcome:(fallback OR skipped)';

export const triageQueue: Dashboard = {
  name: 'triage-queue',
  title: '[OT] Triage queue',
  description: 'What waits for a person, with its age, its risk, and what the AI said of it.',
  view: cases,
  tags: [TAGS.ot, TAGS.work],
  from: 'now-7d',
  controls: [{ view: cases, field: ABOUT, label: 'Alert' }],
  rows: [
    navigation(),
    [
      chart(12, 7, {
        shape: 'metric',
        title: 'Alerts',
        view: cases,
        value: metric('unique_count', ABOUT, 'Alerts', ALERT),
      }),
      chart(12, 7, {
        shape: 'metric',
        title: 'Decided by people',
        view: cases,
        value: metric('unique_count', ABOUT, 'Alerts with a decision', DECISION),
      }),
      chart(12, 7, {
        shape: 'metric',
        title: 'Answered by the AI',
        view: cases,
        value: metric('unique_count', ABOUT, 'Alerts with advice', ANSWERED),
      }),
      chart(12, 7, {
        shape: 'metric',
        title: 'Drafts',
        view: cases,
        value: metric('unique_count', ABOUT, 'Alerts with draft recommendations', DRAFT),
      }),
    ],
    [
      markdown(
        48,
        6,
        `Work from the top: alerts that nobody has decided come first, the highest risk before the others; decided
ones sink to the end. A click on the alert’s id opens the decision server, where a decision is written under your own
name. **The AI’s opinion is advice.** It closes nothing, it can’t lower a risk, and it says *likely_benign* only above a
confidence that it gives itself. A decision from before the time range isn’t seen here: keep the range as long as your
alerts may wait.`,
      ),
    ],
    [
      chart(48, 20, {
        shape: 'table',
        title: 'What waits, undecided first',
        description: `Ordered by the sum of ${QUEUE_RANK}: the alert’s risk, less 1,000 for each decision`,
        view: cases,
        by: [terms(ABOUT, 'Alert (opens the page to decide)', 100)],
        values: [
          metric('sum', QUEUE_RANK, 'Rank'),
          metric('min', '@timestamp', 'Since', ALERT),
          newest('ot_anomaly.relation', 'Relation'),
          newest('ot_anomaly.detector', 'Detector'),
          metric('max', 'event.risk_score', 'Risk', ALERT),
          newest('ot_anomaly.triage.classification', 'AI says (advice)'),
          newest('ot_anomaly.triage.confidence', 'AI’s own confidence'),
          newest('ot_anomaly.decision.action', 'Newest decision'),
          newest('user.name', 'Decided by', DECISION),
        ],
      }),
    ],
    [
      chart(24, 13, {
        shape: 'bar_stacked',
        title: 'Alerts, advice and decisions over time',
        view: cases,
        x: overTime(),
        split: filters('What', {
          alert: ALERT,
          'AI answered': ANSWERED,
          'AI did not answer': UNANSWERED,
          decision: DECISION,
        }),
        values: [count('Documents')],
      }),
      chart(12, 13, {
        shape: 'donut',
        title: 'What the AI says',
        view: cases,
        where: ANSWERED,
        by: terms('ot_anomaly.triage.classification', 'Classification'),
        value: metric('unique_count', ABOUT, 'Alerts'),
      }),
      chart(12, 13, {
        shape: 'table',
        title: 'Why the AI did not answer',
        view: cases,
        where: UNANSWERED,
        by: [terms('ot_anomaly.triage.reason', 'Reason')],
        values: [metric('unique_count', ABOUT, 'Alerts'), metric('max', '@timestamp', 'Last')],
      }),
    ],
    [rows(14, drafts)],
    [rows(14, newestAlerts)],
    [rows(14, decisionsOfPeople)],
  ],
};
