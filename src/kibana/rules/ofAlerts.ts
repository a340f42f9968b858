import { TECHNIQUES } from '../../anomaly/attackIcs.js';
import { anomalies } from '../dataViews.js';
import type { Rule } from './rule.js';
import { alert, chartAlert, newAlert } from './samples.js';

const OF_ALERTS = {
  view: anomalies,
  riskOfAlert: true,
  everyMinutes: 1,
  lookBackMinutes: 5,
} as const;

const LOOK_FIRST =
  'Open the dashboard **[OT] Alert investigation** and choose the source and destination of this alert: the reason, what was observed and what is usual stand in its first table.';
const ASK =
  'Ask who runs the plant whether work was going on: `logs-ot_anomaly.maintenance-*` and the shift log know what no packet tells.';

/** Techniques of functions that change something. */
const COMMANDS = [
  TECHNIQUES.unauthorizedCommand,
  TECHNIQUES.modifyParameter,
  TECHNIQUES.programDownload,
  TECHNIQUES.operatingMode,
  TECHNIQUES.restart,
  TECHNIQUES.alarmSuppression,
];

/** Rules over the alerts that the detectors wrote. */
export const RULES_OF_ALERTS: readonly Rule[] = [
  {
    ...OF_ALERTS,
    name: 'new-source-to-controller',
    type: 'query',
    title: 'OT: new source speaks to a controller',
    description:
      'An address that the baseline never saw as a source exchanged industrial messages with a controller, beyond mere connection attempts.',
    query:
      'event.kind:alert AND rule.category:source AND ot_anomaly.evidence.days_seen:0 AND NOT ot_anomaly.group.kind:attempts',
    risk: 73,
    techniques: [TECHNIQUES.rogueMaster, TECHNIQUES.points],
    tags: ['Detector: novelty'],
    steps: [
      LOOK_FIRST,
      'Find out what the source is: `related.ip:"<source>"` in **[OT] Zeek rows**, the inventory on **[OT] Asset**, then DHCP and switch tables.',
      'See whether it wrote: `source.address:"<source>" AND event.action:(WRITE* OR MASK_WRITE* OR OPERATE* OR DIRECT_OPERATE*)`. Writes come first.',
      ASK,
    ],
    falsePositives: [
      'A new engineering laptop, a replaced server, a changed address: all real, and all worth a line in the inventory.',
    ],
    firesOn: [
      {
        what: 'a source that nobody has seen reading a PLC',
        documents: [newAlert('source', 'communication')],
      },
    ],
    silentOn: [
      { what: 'connection attempts without payload', documents: [newAlert('source', 'attempts')] },
      { what: 'a known source with a new function', documents: [newAlert('functionCode', 'function')] },
      {
        what: 'the same group seen again',
        documents: [newAlert('source', 'communication', { 'event.kind': 'event' })],
      },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'new-command',
    type: 'query',
    title: 'OT: a command that a relation never had',
    description:
      'A function that writes, operates, restarts, loads programs, changes modes or silences alarms, which this source never sent to this destination in the baseline.',
    query: `event.kind:alert AND ot_anomaly.technique.id:(${COMMANDS.map(({ id }) => `"${id}"`).join(' OR ')})`,
    risk: 73,
    techniques: COMMANDS,
    tags: ['Detector: novelty'],
    steps: [
      LOOK_FIRST,
      'Read the raw row for what was written and where: `event.dataset:"ot_zeek.modbus_detailed" AND source.address:"<source>" AND destination.address:"<destination>"`. It isn’t there where ICSNPP’s detailed logs aren’t collected.',
      'Compare with the process: has a set point or a mode changed? Ask the control room before anything else is done.',
      ASK,
    ],
    falsePositives: ['Commissioning, firmware work, a recipe that runs twice a year.'],
    firesOn: [
      {
        what: 'a first write in a known relation',
        documents: [
          newAlert('functionCode', 'function', {
            'ot_anomaly.function_code': 'WRITE_SINGLE_REGISTER',
            'ot_anomaly.technique': [{ id: TECHNIQUES.unauthorizedCommand.id }],
          }),
        ],
      },
      {
        what: 'a first cold restart',
        documents: [
          newAlert('functionCode', 'function', {
            'ot_anomaly.function_code': 'COLD_RESTART',
            'ot_anomaly.technique': [{ id: TECHNIQUES.restart.id }],
          }),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a first read',
        documents: [
          newAlert('functionCode', 'function', { 'ot_anomaly.technique': [{ id: TECHNIQUES.points.id }] }),
        ],
      },
      { what: 'an alert without technique', documents: [alert()] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'interval-change',
    type: 'query',
    title: 'OT: a polling rhythm changed',
    description: 'Records of a known relation came at intervals that its baseline never or hardly ever had.',
    query: 'event.kind:alert AND ot_anomaly.group.kind:(rhythm OR three_of_ten)',
    risk: 47,
    techniques: [],
    tags: ['Detector: isolation_forest', 'Detector: histogram', 'Detector: three_of_ten'],
    steps: [
      LOOK_FIRST,
      'Look at *Interval of anomalous records* and at *Functions over time*: faster polling beside an unchanged one is a second client under the same address.',
      'Compare `event.dataset:"ot_zeek.conn"` rows of the relation: more connections than before, resets, other byte counts?',
      ASK,
    ],
    falsePositives: [
      'A changed scan rate in the SCADA configuration; a busy server; a sensor that loses packets.',
    ],
    firesOn: [
      { what: 'an interval that hardly ever was', documents: [alert({ 'ot_anomaly.interval': 0.1 })] },
      { what: 'polling ten times as fast', documents: [chartAlert('three_of_ten')] },
    ],
    silentOn: [{ what: 'a new function', documents: [newAlert('functionCode', 'function')] }],
  },
  {
    ...OF_ALERTS,
    name: 'scan',
    type: 'query',
    title: 'OT: an address tries many others',
    description:
      'One source tried addresses on which the baseline saw no industrial traffic, or more destinations than it ever had.',
    query: `event.kind:alert AND (ot_anomaly.group.kind:(attempts OR fan_out)) AND ot_anomaly.technique.id:"${TECHNIQUES.discovery.id}"`,
    risk: 73,
    techniques: [TECHNIQUES.discovery],
    tags: ['Detector: novelty', 'Detector: fan_out'],
    steps: [
      LOOK_FIRST,
      'Count what was tried: `event.dataset:"ot_zeek.conn" AND source.address:"<source>" AND zeek.conn.conn_state:(S0 OR REJ)`, by destination and port.',
      'See who answered: the same with `zeek.conn.conn_state:SF`. What answered is what the scanner now knows.',
      ASK,
    ],
    falsePositives: [
      'An asset-discovery tool that someone switched on; a server whose target is down and whose name resolves anew.',
    ],
    firesOn: [
      {
        what: 'attempts on an address that nobody talks to',
        documents: [
          newAlert('destination', 'attempts', { 'ot_anomaly.technique': [{ id: TECHNIQUES.discovery.id }] }),
        ],
      },
      {
        what: 'more destinations than ever',
        documents: [chartAlert('fan_out', { 'ot_anomaly.technique': [{ id: TECHNIQUES.discovery.id }] })],
      },
    ],
    silentOn: [
      { what: 'a flood of attempts on one known address', documents: [newAlert('source', 'attempts')] },
      { what: 'a new device that answers', documents: [newAlert('destination', 'communication')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'new-device',
    type: 'query',
    title: 'OT: new device answers industrial requests',
    description:
      'An address that the baseline never saw as a destination of industrial traffic was talked to, with payload.',
    query:
      'event.kind:alert AND ot_anomaly.evidence.feature:destination AND ot_anomaly.evidence.days_seen:0 AND NOT ot_anomaly.group.kind:attempts',
    risk: 47,
    techniques: [],
    tags: ['Detector: novelty'],
    steps: [
      LOOK_FIRST,
      'Is it in the inventory? See **[OT] Asset** for its address; an address without a record is the finding.',
      'Who talks to it, and what was said first? `destination.address:"<destination>"` in **[OT] Zeek rows**, oldest first.',
      ASK,
    ],
    falsePositives: ['A spare controller that took over; a new line in commissioning.'],
    firesOn: [
      {
        what: 'a known client reading a PLC that nobody has seen',
        documents: [newAlert('destination', 'communication')],
      },
    ],
    silentOn: [
      { what: 'a probe that nobody answered', documents: [newAlert('destination', 'attempts')] },
      { what: 'a new source at a known PLC', documents: [newAlert('source', 'communication')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'drift-latched',
    type: 'query',
    title: 'OT: a slow drift reached its limit',
    description:
      'Intervals, bytes or register values of a relation moved away from the baseline so slowly that no single record tells; the chart stays latched until a person resets it.',
    query: 'event.kind:alert AND ot_anomaly.detector:drift',
    risk: 47,
    techniques: [],
    tags: ['Detector: drift'],
    steps: [
      LOOK_FIRST,
      'The alert says which series (`ot_anomaly.chart`) and since when (`ot_anomaly.since`). Set the time range to begin a week before.',
      'Decide whether the plant moved (a new recipe, the season) or someone moves it. Retraining on a drift makes it normal for good.',
      'When it is understood, write a decision `reset_drift` for this alert: the sum begins anew, the baseline stays.',
    ],
    falsePositives: ['Seasons, ageing pumps, a changed recipe: drifts that are real and harmless.'],
    firesOn: [{ what: 'a chart over its limit', documents: [chartAlert('drift')] }],
    silentOn: [{ what: 'three records of ten', documents: [chartAlert('three_of_ten')] }],
  },
  {
    ...OF_ALERTS,
    name: 'silence-of-a-master',
    type: 'query',
    title: 'OT: a relation fell silent',
    description:
      'A relation that speaks all the time has not spoken for far longer than ever in the baseline.',
    query: 'event.kind:alert AND ot_anomaly.detector:silence',
    risk: 47,
    techniques: [],
    tags: ['Detector: silence'],
    steps: [
      'First ask whether it is the sensor that fell silent: **[OT] Scorer health**, *Rows that arrived*, and alerts with `ot_anomaly.detector:sensor_health`.',
      'Then whether the controller still answers others: `destination.address:"<destination>"` in **[OT] Zeek rows**.',
      'Ask the control room: can the operators still see and steer what this master serves?',
    ],
    falsePositives: ['A planned outage; a master replaced by another address.'],
    firesOn: [{ what: 'a master that no longer polls', documents: [chartAlert('silence')] }],
    silentOn: [{ what: 'a sensor that lost packets', documents: [chartAlert('sensor_health')] }],
  },
  {
    ...OF_ALERTS,
    name: 'several-detectors',
    type: 'threshold',
    title: 'OT: several detectors point at one asset',
    description: 'Within an hour at least two different detectors raised alerts about the same destination.',
    query: 'event.kind:alert AND NOT ot_anomaly.detector:sensor_health',
    by: ['destination.ip'],
    atLeast: 2,
    distinct: { field: 'ot_anomaly.detector', atLeast: 2 },
    riskOfAlert: false,
    risk: 73,
    everyMinutes: 10,
    lookBackMinutes: 50,
    techniques: [],
    tags: ['Correlation'],
    steps: [
      'Open **[OT] Asset** and choose the destination: *What was new* and *Alerts by group* show what came together.',
      'Order the alerts by time: what was first? A stranger before a new command is a story, a changed rhythm before a silence another.',
      ASK,
    ],
    falsePositives: ['Maintenance on one controller, which is new, fast and silent in turn.'],
    firesOn: [
      { what: 'novelty and rhythm at one PLC', documents: [newAlert('source', 'communication'), alert()] },
    ],
    silentOn: [
      { what: 'one detector twice', documents: [alert(), alert()] },
      {
        what: 'two detectors at two PLCs',
        documents: [newAlert('source', 'communication', { 'destination.ip': '10.1.1.11' }), alert()],
      },
    ],
  },
];
