import { TECHNIQUES } from '../../anomaly/attackIcs.js';
import type { Group } from '../../anomaly/group.js';
import { ASK, FIRST_EXCEPTION, LOOK_FIRST, OF_ALERTS } from './ofAlerts.js';
import type { Rule } from './rule.js';
import { alert, chartAlert, newAlert, sensorAlert } from './samples.js';

/** Groups of findings about numbers of a known relation: in one record, or in many that no one of them tells. */
const RECORD_GROUPS = ['rhythm', 'three_of_ten', 'surprise'] as const satisfies readonly Group['kind'][];
const RARE_INTERVAL = { detector: 'isolation_forest', feature: 'interval', surprisal: 5 };

/** Rules over alerts of how known relations behave, and of what comes together. */
export const RULES_OF_COURSE: readonly Rule[] = [
  {
    ...OF_ALERTS,
    name: 'interval-change',
    type: 'query',
    title: 'OT: a polling rhythm changed',
    description: 'Records of a known relation came at intervals that its baseline never or hardly ever had.',
    query: `event.kind:alert AND ot_anomaly.group.kind:(${RECORD_GROUPS.join(' OR ')}) AND ot_anomaly.evidence.feature:interval`,
    risk: 47,
    techniques: [],
    tags: [
      'Detector: isolation_forest',
      'Detector: histogram',
      'Detector: three_of_ten',
      'Detector: surprise',
    ],
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
      { what: 'polling ten times as fast', documents: [alert({ 'ot_anomaly.evidence': [RARE_INTERVAL] })] },
      {
        what: 'intervals none of which is rare enough alone',
        documents: [chartAlert('three_of_ten', { 'ot_anomaly.evidence': [RARE_INTERVAL] })],
      },
    ],
    silentOn: [
      { what: 'a new function', documents: [newAlert('functionCode', 'function')] },
      {
        what: 'answers of another size',
        documents: [
          chartAlert('surprise', { 'ot_anomaly.evidence': [{ detector: 'surprise', feature: 'respBytes' }] }),
        ],
      },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'size-change',
    type: 'query',
    title: 'OT: messages of another size',
    description:
      'Payload bytes or values of a known relation were rare for it, in one record or in many that no one of them tells.',
    query: `event.kind:alert AND ot_anomaly.group.kind:(${RECORD_GROUPS.join(' OR ')}) AND ot_anomaly.evidence.feature:(origBytes OR respBytes OR value)`,
    risk: 47,
    techniques: [],
    tags: ['Detector: isolation_forest', 'Detector: histogram', 'Detector: surprise'],
    steps: [
      LOOK_FIRST,
      'Look at *Bytes a connection*: more from the originator is something sent, more from the responder something fetched.',
      ASK,
    ],
    falsePositives: ['A changed list of data points; a connection that lived longer than usual.'],
    firesOn: [
      {
        what: 'answers of another size',
        documents: [
          chartAlert('surprise', { 'ot_anomaly.evidence': [{ detector: 'surprise', feature: 'respBytes' }] }),
        ],
      },
    ],
    silentOn: [{ what: 'a changed rhythm', documents: [alert({ 'ot_anomaly.evidence': [RARE_INTERVAL] })] }],
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
    silentOn: [
      { what: 'a sensor that lost packets', documents: [sensorAlert('ot-anomaly-sensor-impaired', 'alert')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'out-of-hours',
    type: 'query',
    title: 'OT: somebody known, at an hour that isn’t theirs',
    description: 'A relation was present at an hour of the week at which the baseline never saw it.',
    query: 'event.kind:alert AND ot_anomaly.group.kind:hour_of_week',
    risk: 47,
    techniques: [],
    tags: ['Detector: hour_of_week'],
    steps: [
      LOOK_FIRST,
      'Who was logged in at the source at that time, and from where? Remote access first.',
      ASK,
    ],
    falsePositives: ['A call-out at night; work moved to another day; hours are UTC.'],
    firesOn: [
      { what: 'an engineering tool at three in the morning', documents: [chartAlert('hour_of_week')] },
    ],
    silentOn: [{ what: 'a changed rhythm', documents: [alert()] }],
  },
  {
    ...OF_ALERTS,
    name: 'exception-answers',
    type: 'query',
    title: 'OT: a controller refuses what it is asked',
    description: 'Far more exception responses in a relation than in its baseline, or its first ever.',
    query: `event.kind:alert AND (ot_anomaly.group.kind:exceptions OR ${FIRST_EXCEPTION})`,
    risk: 47,
    techniques: [],
    tags: ['Detector: exceptions', 'Detector: novelty'],
    steps: [
      LOOK_FIRST,
      'Which exception, and to what? `event.outcome:failure AND destination.address:"<destination>"` in **[OT] Zeek rows**. Illegal addresses one after the other are somebody who searches.',
      ASK,
    ],
    falsePositives: ['A controller whose program was changed without its clients; a device that is failing.'],
    firesOn: [
      { what: 'illegal addresses one after the other', documents: [chartAlert('exceptions')] },
      {
        what: 'a first exception of all',
        documents: [
          newAlert('functionCode', 'function', {
            'ot_anomaly.function_code': 'READ_HOLDING_REGISTERS_EXCEPTION',
          }),
        ],
      },
    ],
    silentOn: [
      { what: 'a scan of addresses on the network', documents: [chartAlert('fan_out')] },
      { what: 'a first read', documents: [newAlert('functionCode', 'function')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'write-burst',
    type: 'query',
    title: 'OT: a known writer writes far more than it ever did',
    description:
      'Requests that write, of a source, destination and function that the baseline knows, came in a number that no hour, shift or day of the baseline had.',
    query: 'event.kind:alert AND ot_anomaly.group.kind:write_rate',
    risk: 73,
    techniques: [TECHNIQUES.bruteForceIo],
    tags: ['Detector: write_rate'],
    steps: [
      LOOK_FIRST,
      'What was written, and where? `event.dataset:(ot_zeek.modbus OR ot_zeek.modbus_detailed) AND source.address:"<source>" AND destination.address:"<destination>"` in **[OT] Zeek rows**.',
      'Ask the control room whether somebody is at that station, and what the process did since the alert’s `ot_anomaly.since`.',
      ASK,
    ],
    falsePositives: ['A start-up, a calibration or a change of recipe by hand.'],
    firesOn: [{ what: 'a set point written again and again', documents: [chartAlert('write_rate')] }],
    silentOn: [
      { what: 'a first write', documents: [newAlert('functionCode', 'function')] },
      { what: 'a changed rhythm', documents: [alert()] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'critical-outside-maintenance',
    type: 'query',
    title: 'OT: anomaly at a critical asset, with no work planned',
    description:
      'Any alert about an asset that the inventory calls high or critical, at a time for which no calendar plans work there.',
    query:
      'event.kind:alert AND ot_anomaly.destination_asset.criticality:(high OR critical) AND NOT _exists_:ot_anomaly.maintenance.calendar',
    risk: 73,
    techniques: [],
    tags: ['Correlation'],
    steps: [
      LOOK_FIRST,
      'Ask whether somebody works there all the same. Work that no calendar knows belongs into one; an attacker’s does not.',
      'What else happened at this asset today? **[OT] Asset**, *Alerts by group*.',
    ],
    falsePositives: ['Work that nobody entered; a plant without calendars, where this rule is every alert.'],
    setup:
      'Needs the inventory with criticality (`ot-anomaly assets import`) and calendars of planned work (`ot-anomaly maintenance import`).',
    firesOn: [
      {
        what: 'a changed rhythm at a critical PLC',
        documents: [alert({ 'ot_anomaly.destination_asset.criticality': 'critical' })],
      },
    ],
    silentOn: [
      {
        what: 'the same while work is planned there',
        documents: [
          alert({
            'ot_anomaly.destination_asset.criticality': 'critical',
            'ot_anomaly.maintenance': [{ calendar: 'turnaround', uid: 'a', matched: 'destination' }],
          }),
        ],
      },
      {
        what: 'an asset of little weight',
        documents: [alert({ 'ot_anomaly.destination_asset.criticality': 'low' })],
      },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'several-detectors',
    type: 'threshold',
    title: 'OT: several detectors point at one asset',
    description: 'Within an hour at least two different detectors raised alerts about the same destination.',
    query: 'event.kind:alert',
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
