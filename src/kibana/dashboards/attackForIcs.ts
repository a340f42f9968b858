import { TECHNIQUES } from '../../anomaly/attackIcs.js';
import type { Dashboard } from '../dashboard.js';
import { anomalies } from '../dataViews.js';
import { count, metric, newest, terms } from '../lens/column.js';
import { newestAlerts } from '../searches.js';
import { TAGS } from '../tags.js';
import { ALERT, chart, markdown, navigation, parts, rows, toInvestigation } from './common.js';

/** What alerts can name, from the table that they take it from. */
function coverage(): string {
  const lines = Object.values(TECHNIQUES).map(({ id, v18, name, tactics }) => {
    const ids = id === v18 ? id : `${id} (v18: ${v18})`;
    return `| ${tactics.map((tactic) => tactic.name).join(', ')} | ${ids} | ${name} |`;
  });
  return `Techniques for which a single record can hold evidence. A technique that isn't listed is **not detected as
such**: alerts may still come of what it does on the network. An alert without technique is no lesser alert. Kibana's
own coverage page knows the Enterprise matrix only.

| Tactic | Technique | Name |
| --- | --- | --- |
${lines.join('\n')}

© The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.`;
}

export const attackForIcs: Dashboard = {
  name: 'attack-for-ics',
  title: '[OT] ATT&CK for ICS coverage',
  description: 'Techniques that alerts named, with their evidence, and those that they can name at all.',
  view: anomalies,
  tags: [TAGS.ot, TAGS.work, TAGS.oversight],
  from: 'now-30d',
  controls: [
    { view: anomalies, field: 'threat.tactic.name', label: 'Tactic' },
    { view: anomalies, field: 'threat.technique.name', label: 'Technique' },
  ],
  rows: [
    navigation(),
    [
      markdown(24, 22, coverage()),
      chart(
        24,
        22,
        {
          shape: 'table',
          title: 'Techniques seen',
          description:
            'An alert with several techniques is counted at each, and each with every tactic of its alert',
          view: anomalies,
          where: ALERT,
          by: [terms('ot_anomaly.technique.id', 'Technique', 50)],
          values: [
            count('Alerts'),
            metric('unique_count', 'source.ip', 'Sources'),
            metric('unique_count', 'destination.ip', 'Destinations'),
            metric('max', '@timestamp', 'Last seen'),
            newest('ot_anomaly.relation', 'Last relation'),
          ],
        },
        toInvestigation,
      ),
    ],
    [
      chart(24, 16, {
        shape: 'heatmap',
        title: 'Techniques by destination',
        view: anomalies,
        where: ALERT,
        x: terms('destination.address', 'Destination', 15),
        y: terms('threat.technique.name', 'Technique', 20),
        value: count('Alerts'),
      }),
      parts(
        24,
        16,
        {
          title: 'Tactics over time',
          view: anomalies,
          where: ALERT,
        },
        terms('threat.tactic.name', 'Tactic', 12),
        'Alerts',
      ),
    ],
    [rows(14, newestAlerts)],
  ],
};
