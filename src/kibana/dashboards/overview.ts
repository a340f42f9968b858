import type { Dashboard } from '../dashboard.js';
import { anomalies, scorerMetrics, sources } from '../dataViews.js';
import { count, filters, metric, newest, terms } from '../lens/column.js';
import { newestAlerts } from '../searches.js';
import { TAGS } from '../tags.js';
import {
  ALERT,
  addressControls,
  chart,
  markdown,
  navigation,
  parts,
  plannedWork,
  rows,
  tiles,
  toAsset,
  toInvestigation,
} from './common.js';

/** The steps of event.severity that alerts have. */
const SEVERITIES = {
  critical: 'event.severity:99',
  high: 'event.severity:73',
  medium: 'event.severity:47',
  low: 'event.severity:21',
};

/** An address that the baseline never saw. */
const NEW_ADDRESS =
  'event.kind:alert AND ot_anomaly.evidence.feature:(source OR destination) AND ot_anomaly.evidence.days_seen:0';

export const overview: Dashboard = {
  name: 'ot-overview',
  title: '[OT] Overview',
  description: 'Alerts by time, detector, relation, asset, zone and protocol; new devices.',
  view: anomalies,
  tags: [TAGS.ot, TAGS.work],
  from: 'now-7d',
  controls: [
    { view: anomalies, field: 'ot_anomaly.destination_asset.zone', label: 'Zone' },
    ...addressControls,
  ],
  rows: [
    navigation(),
    tiles(
      ['Alerts', anomalies, count('Alerts', ALERT)],
      ['Critical alerts', anomalies, count('Critical alerts', `${ALERT} AND event.severity:99`)],
      [
        'Addresses that were talked to',
        anomalies,
        metric('unique_count', 'destination.ip', 'Destinations with alerts', ALERT),
      ],
      ['Rows that arrived', sources, count('Zeek rows', 'event.kind:event')],
      ['Newest heartbeat of a scorer', scorerMetrics, metric('max', '@timestamp', 'Newest heartbeat')],
    ),
    [
      markdown(
        48,
        5,
        `An **alert** speaks for a group of records of at most one shift; the group's further records are events that
name it. Risk runs from 47 at the alert line to 99. Nobody can close an alert here: a decision is a document of its
own. Click a relation to look into it, an address to see who it talks to. *No alert* means nothing while the newest
heartbeat is old: look at **Scorer health** first.`,
      ),
    ],
    [
      parts(
        24,
        14,
        {
          title: 'Alerts by detector',
          view: anomalies,
          where: ALERT,
        },
        terms('ot_anomaly.detector', 'Detector'),
        'Alerts',
      ),
      parts(
        24,
        14,
        {
          title: 'Alerts by severity',
          view: anomalies,
          where: ALERT,
        },
        filters('Severity', SEVERITIES),
        'Alerts',
      ),
    ],
    [
      chart(
        28,
        16,
        {
          shape: 'table',
          title: 'Relations',
          view: anomalies,
          by: [
            terms('source.address', 'Source', 20),
            terms('destination.address', 'Destination', 10),
            terms('network.protocol', 'Protocol', 3),
          ],
          values: [
            count('Alerts', ALERT),
            metric('min', 'ot_anomaly.score', 'Lowest score'),
            metric('max', '@timestamp', 'Last seen'),
          ],
        },
        toInvestigation,
        toAsset,
      ),
      chart(
        20,
        16,
        {
          shape: 'table',
          title: 'New devices',
          description: 'Addresses that the baseline never saw, as source or as destination',
          view: anomalies,
          where: NEW_ADDRESS,
          by: [terms('source.address', 'Source', 20), terms('destination.address', 'Destination', 5)],
          values: [count('Alerts'), metric('min', '@timestamp', 'First seen')],
        },
        toAsset,
      ),
    ],
    [
      chart(
        16,
        14,
        {
          shape: 'table',
          title: 'Assets',
          view: anomalies,
          where: ALERT,
          by: [terms('destination.address', 'Destination', 20)],
          values: [
            count('Alerts'),
            newest('ot_anomaly.destination_asset.name', 'Name'),
            newest('ot_anomaly.destination_asset.criticality', 'Criticality'),
          ],
        },
        toAsset,
      ),
      chart(16, 14, {
        shape: 'table',
        title: 'Zones',
        view: anomalies,
        where: ALERT,
        by: [
          terms('ot_anomaly.source_asset.zone', 'From zone'),
          terms('ot_anomaly.destination_asset.zone', 'To zone'),
        ],
        values: [count('Alerts')],
      }),
      chart(8, 14, {
        shape: 'donut',
        title: 'Protocols',
        view: anomalies,
        where: ALERT,
        by: terms('network.protocol', 'Protocol'),
        value: count('Alerts'),
      }),
      chart(8, 14, {
        shape: 'bar_horizontal_stacked',
        title: 'Function codes',
        view: anomalies,
        where: ALERT,
        x: terms('ot_anomaly.function_code', 'Function', 12),
        values: [count('Alerts')],
      }),
    ],
    [
      parts(
        24,
        12,
        { title: 'Alerts while work was planned, and without', view: anomalies, where: ALERT },
        filters('Planned work', {
          'no work planned': 'NOT _exists_:ot_anomaly.maintenance.calendar',
          'work planned': '_exists_:ot_anomaly.maintenance.calendar',
        }),
        'Alerts',
      ),
      plannedWork(24, 12),
    ],
    [rows(16, newestAlerts)],
  ],
};
