import type { Dashboard } from '../dashboard.js';
import { anomalies, cases, sources } from '../dataViews.js';
import { count, metric, newest, overTime, percentile, terms } from '../lens/column.js';
import { allAnomalies, rawRows } from '../searches.js';
import { TAGS } from '../tags.js';
import {
  ALERT,
  addressControls,
  chart,
  lines,
  markdown,
  navigation,
  parts,
  plannedWork,
  rows,
  toAsset,
} from './common.js';

export const investigation: Dashboard = {
  name: 'alert-investigation',
  title: '[OT] Alert investigation',
  description:
    'One relation: intervals, bytes and functions over time, the raw rows, and what was said of it.',
  view: anomalies,
  tags: [TAGS.ot, TAGS.work],
  from: 'now-7d',
  controls: addressControls,
  rows: [
    navigation(),
    [
      markdown(
        48,
        5,
        `Choose **source** and **destination** above; both filter alerts and Zeek's rows alike. *Observed against usual*
holds what the alert saw beside what its baseline saw. A baseline is what the model learnt, not what is right: ask who
runs the plant. Values of the process aren't judged anywhere.`,
      ),
    ],
    [
      chart(
        48,
        12,
        {
          shape: 'table',
          title: 'Observed against usual',
          view: anomalies,
          where: ALERT,
          by: [
            terms('ot_anomaly.relation', 'Relation', 20),
            terms('ot_anomaly.evidence.feature', 'Feature', 5),
            terms('ot_anomaly.evidence.observed', 'Observed', 3),
          ],
          values: [
            count('Alerts'),
            newest('ot_anomaly.evidence.usual', 'Usual'),
            newest('ot_anomaly.maintenance.summary', 'Planned work'),
            metric('min', 'ot_anomaly.score', 'Lowest score'),
            metric('max', '@timestamp', 'Last seen'),
          ],
        },
        toAsset,
      ),
    ],
    [
      lines(
        24,
        13,
        {
          title: 'Interval of anomalous records (median, highest)',
          view: anomalies,
          where: '_exists_:ot_anomaly.interval',
        },
        metric('median', 'ot_anomaly.interval', 'Median (s)'),
        metric('max', 'ot_anomaly.interval', 'Highest (s)'),
      ),
      chart(24, 13, {
        shape: 'area_stacked',
        title: 'Functions over time, all rows',
        view: sources,
        where: '_exists_:event.action AND event.kind:event',
        x: overTime(),
        split: terms('event.action', 'Function', 10),
        values: [count('Rows')],
      }),
    ],
    [
      lines(
        24,
        13,
        {
          title: 'Bytes a connection, all rows (median, 95th percentile)',
          view: sources,
          where: 'event.dataset:"ot_zeek.conn"',
        },
        metric('median', 'network.bytes', 'Median'),
        percentile(95, 'network.bytes', '95th percentile'),
      ),
      parts(
        24,
        13,
        {
          title: 'Connections by state',
          view: sources,
          where: 'event.dataset:"ot_zeek.conn"',
        },
        terms('zeek.conn.conn_state', 'State', 8),
        'Connections',
      ),
    ],
    [
      chart(48, 12, {
        shape: 'table',
        title: 'History of the relation: alerts, advice, decisions',
        description: 'The newest of each for an alert, held together by its id',
        view: cases,
        by: [terms('ot_anomaly.about_alert', 'Alert', 50)],
        values: [
          metric('max', '@timestamp', 'Last document'),
          newest('ot_anomaly.relation', 'Relation'),
          newest('ot_anomaly.triage.classification', 'AI said (advice)'),
          newest('ot_anomaly.decision.action', 'Newest decision'),
          newest('user.name', 'Decided by', 'data_stream.dataset:"ot_anomaly.decision"'),
        ],
      }),
    ],
    [plannedWork(48, 9)],
    [rows(14, allAnomalies)],
    [rows(18, rawRows)],
  ],
};
