import { ABOUT_ALERT_FIELD } from '../aboutAlert.js';
import type { Dashboard } from '../dashboard.js';
import { newestWord as words } from '../dataViews.js';
import { count, metric, newest, terms } from '../lens/column.js';
import { TAGS } from '../tags.js';
import { ALERT, chart, markdown, navigation, parts, tiles } from './common.js';

const VERDICT = 'event.dataset:"ot_anomaly.decision"';
const RISK = metric('max', 'event.risk_score', 'Risk');
const ID = 'Alert (opens the page to decide)';

/** What needs the transform, on a page of its own: without it nothing else is amiss. */
export const newestWord: Dashboard = {
  name: 'alert-verdicts',
  title: '[OT] Newest word on each alert (optional)',
  description: 'The newest verdict on each alert, and what has none. Needs the transform.',
  view: words,
  tags: [TAGS.ot, TAGS.work],
  from: 'now-1y',
  controls: [],
  rows: [
    navigation(),
    tiles(
      ['Waits for a decision', words, count('Alerts without a verdict', ALERT)],
      ['Decided', words, count('Alerts with a verdict', VERDICT)],
    ),
    [
      markdown(
        48,
        5,
        `**Optional.** This page is empty until \`ot-anomaly kibana transform\` has installed a transform (a basic licence
is enough). It holds one document for each alert: the alert itself, or the newest verdict on it. An alert and its verdict
need not lie in one time range, as they must on **Triage queue**. It is some 40 seconds behind. What counts are the streams.`,
      ),
    ],
    [
      chart(48, 18, {
        shape: 'table',
        title: 'Alerts without a verdict, by risk',
        view: words,
        where: ALERT,
        by: [terms(ABOUT_ALERT_FIELD, ID, 100)],
        values: [
          RISK,
          metric('min', '@timestamp', 'Since'),
          newest('ot_anomaly.relation', 'Relation'),
          newest('ot_anomaly.detector', 'Detector'),
        ],
        sorted: { by: RISK, direction: 'desc' },
      }),
    ],
    [
      chart(28, 16, {
        shape: 'table',
        title: 'Newest verdict on each alert',
        view: words,
        where: VERDICT,
        by: [terms(ABOUT_ALERT_FIELD, ID, 100)],
        values: [
          metric('max', '@timestamp', 'Decided'),
          newest('ot_anomaly.decision.action', 'Verdict'),
          newest('user.name', 'By'),
        ],
      }),
      parts(
        20,
        16,
        { title: 'Newest verdicts by day', view: words, where: VERDICT },
        terms('ot_anomaly.decision.action', 'Verdict', 5),
        'Alerts',
      ),
    ],
  ],
};
