import { VERDICTS } from '../../decision/standing.js';
import type { Dashboard } from '../dashboard.js';
import { cases, QUEUE_RANK } from '../dataViews.js';
import { filters, metric, newest, once, terms } from '../lens/column.js';
import { decisionsOfPeople, drafts, newestAlerts } from '../searches.js';
import { TAGS } from '../tags.js';
import { ALERT, chart, markdown, navigation, parts, rows, tally, tiles } from './common.js';

const ABOUT = 'ot_anomaly.about_alert';
/** What each document of a case is, by its stream: fields of one kind of document would not filter the others. */
const DECISION = 'event.dataset:"ot_anomaly.decision"';
const DRAFT = 'event.dataset:"ot_anomaly.recommendation"';
const ANSWERED = 'ot_anomaly.triage.outcome:answered';
/** What the decision server counts as a verdict on the alert: blind checks are exercises. */
const VERDICT = `${DECISION} AND ot_anomaly.decision.action:(${VERDICTS.join(' OR ')}) AND NOT ot_anomaly.decision.blind_check:true`;
const UNANSWERED = 'ot_anomaly.triage.outcome:(fallback OR skipped)';

const RISK = metric('max', 'event.risk_score', 'Risk', ALERT);

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
    tiles(
      ['Alerts', cases, metric('unique_count', ABOUT, 'Alerts', ALERT)],
      ['Decided by people', cases, metric('unique_count', ABOUT, 'Alerts with a decision', DECISION)],
      ['Answered by the AI', cases, metric('unique_count', ABOUT, 'Alerts with advice', ANSWERED)],
      ['Drafts', cases, metric('unique_count', ABOUT, 'Alerts with draft recommendations', DRAFT)],
    ),
    [
      markdown(
        48,
        6,
        `Work from the top: *Waits for a decision* holds the alerts on which nobody has given a verdict, the highest
risk first. A click on the alert’s id opens the decision server, where a decision is written under your own name; the
line is gone with the next refresh. The second table has every alert with the AI’s opinion beside it. **The AI’s opinion
is advice.** It closes nothing, and it can’t lower a risk. A verdict from before the time range isn’t seen here: keep the
range as long as your alerts may wait. A line without a relation is a verdict on an alert from before the range.`,
      ),
    ],
    [
      chart(48, 16, {
        shape: 'table',
        title: 'Waits for a decision',
        description: 'Alerts whose id no verdict names',
        view: cases,
        where: `${ALERT} OR (${VERDICT})`,
        by: [once(ABOUT, 'Alert (opens the page to decide)')],
        values: [
          RISK,
          metric('min', '@timestamp', 'Since', ALERT),
          newest('ot_anomaly.relation', 'Relation'),
          newest('ot_anomaly.detector', 'Detector'),
          newest('event.severity', 'Severity', ALERT),
          newest('ot_anomaly.maintenance.summary', 'Planned work'),
        ],
        sorted: { by: RISK, direction: 'desc' },
      }),
    ],
    [
      chart(48, 20, {
        shape: 'table',
        title: 'Every alert and what was said of it, undecided first',
        description: `Ordered by the sum of ${QUEUE_RANK}: the alert’s risk, less 1,000 for each verdict`,
        view: cases,
        by: [terms(ABOUT, 'Alert (opens the page to decide)', 100)],
        values: [
          metric('sum', QUEUE_RANK, 'Rank'),
          metric('min', '@timestamp', 'Since', ALERT),
          newest('ot_anomaly.relation', 'Relation'),
          newest('ot_anomaly.detector', 'Detector'),
          metric('max', 'event.risk_score', 'Risk', ALERT),
          metric('min', 'ot_anomaly.score', 'Score', ALERT),
          newest('ot_anomaly.triage.classification', 'AI says (advice)'),
          newest('ot_anomaly.triage.confidence', 'AI’s own confidence'),
          newest('ot_anomaly.decision.action', 'Newest decision'),
          newest('user.name', 'Decided by', DECISION),
        ],
      }),
    ],
    [
      parts(
        24,
        13,
        {
          title: 'Alerts, advice and decisions over time',
          view: cases,
        },
        filters('What', {
          alert: ALERT,
          'AI answered': ANSWERED,
          'AI did not answer': UNANSWERED,
          decision: DECISION,
        }),
        'Documents',
      ),
      chart(12, 13, {
        shape: 'donut',
        title: 'What the AI says',
        view: cases,
        where: ANSWERED,
        by: terms('ot_anomaly.triage.classification', 'Classification'),
        value: metric('unique_count', ABOUT, 'Alerts'),
      }),
      tally(
        12,
        13,
        {
          title: 'Why the AI did not answer',
          view: cases,
          where: UNANSWERED,
        },
        terms('ot_anomaly.triage.reason', 'Reason'),
        metric('unique_count', ABOUT, 'Alerts'),
      ),
    ],
    [rows(14, drafts)],
    [rows(14, newestAlerts)],
    [rows(14, decisionsOfPeople)],
  ],
};
