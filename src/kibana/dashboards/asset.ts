import type { Dashboard } from '../dashboard.js';
import { anomalies, assets, sources } from '../dataViews.js';
import { count, metric, newest, terms } from '../lens/column.js';
import { newestAlerts } from '../searches.js';
import { TAGS } from '../tags.js';
import { ALERT, chart, markdown, navigation, parts, rows, toInvestigation } from './common.js';

export const asset: Dashboard = {
  name: 'asset',
  title: '[OT] Asset',
  description: 'One address: who it talks to, what it says, what is new about it, what the inventory knows.',
  view: anomalies,
  tags: [TAGS.ot, TAGS.work],
  from: 'now-7d',
  controls: [
    { view: sources, field: 'related.ip', label: 'Address' },
    { view: sources, field: 'network.protocol', label: 'Protocol' },
  ],
  rows: [
    navigation(),
    [
      markdown(
        48,
        4,
        `Choose an **address**. The first two tables are Zeek's rows, whatever was made of them; *what was new* is what
alerts say. An address without inventory has an alert all the same: the inventory explains, it never filters.`,
      ),
    ],
    [
      chart(
        24,
        15,
        {
          shape: 'table',
          title: 'Who talks to whom',
          view: sources,
          where: 'event.kind:event',
          by: [
            terms('source.address', 'Source', 20),
            terms('destination.address', 'Destination', 20),
            terms('destination.port', 'Port', 3),
          ],
          values: [count('Rows'), metric('min', '@timestamp', 'First'), metric('max', '@timestamp', 'Last')],
        },
        toInvestigation,
      ),
      chart(24, 15, {
        shape: 'table',
        title: 'What is said',
        view: sources,
        where: '_exists_:event.action AND event.kind:event',
        by: [
          terms('network.protocol', 'Protocol', 5),
          terms('event.action', 'Function', 20),
          terms('event.outcome', 'Outcome', 3),
        ],
        values: [count('Rows'), metric('unique_count', 'source.address', 'Sources')],
      }),
    ],
    [
      chart(24, 14, {
        shape: 'table',
        title: 'What was new',
        view: anomalies,
        where: `${ALERT} AND ot_anomaly.evidence.days_seen:0`,
        by: [
          terms('ot_anomaly.evidence.feature', 'Feature', 6),
          terms('source.address', 'Source', 20),
          terms('destination.address', 'Destination', 20),
        ],
        values: [
          count('Alerts'),
          newest('ot_anomaly.function_code', 'Function'),
          metric('min', '@timestamp', 'First seen'),
        ],
      }),
      parts(
        24,
        14,
        {
          title: 'Alerts by group',
          view: anomalies,
          where: ALERT,
        },
        terms('ot_anomaly.group.kind', 'Group', 8),
        'Alerts',
      ),
    ],
    [
      chart(48, 12, {
        shape: 'table',
        title: 'Inventory (not filtered by the address above)',
        description: 'The newest record of each address',
        view: assets,
        by: [terms('ot_anomaly.asset.address', 'Address', 100)],
        values: [
          metric('max', '@timestamp', 'Recorded'),
          newest('ot_anomaly.asset.name', 'Name'),
          newest('ot_anomaly.asset.type', 'Type'),
          newest('ot_anomaly.asset.zone', 'Zone'),
          newest('ot_anomaly.asset.criticality', 'Criticality'),
        ],
      }),
    ],
    [rows(14, newestAlerts)],
  ],
};
