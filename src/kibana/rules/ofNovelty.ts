import { TECHNIQUES, type Technique } from '../../anomaly/attackIcs.js';
import { ASK, FIRST_EXCEPTION, LOOK_FIRST, OF_ALERTS } from './ofAlerts.js';
import type { Rule } from './rule.js';
import { alert, chartAlert, newAlert } from './samples.js';

/** Techniques of functions that change something. */
const COMMANDS = [
  TECHNIQUES.unauthorizedCommand,
  TECHNIQUES.modifyParameter,
  TECHNIQUES.programDownload,
  TECHNIQUES.operatingMode,
  TECHNIQUES.restart,
  TECHNIQUES.alarmSuppression,
];

function quoted(techniques: readonly Technique[]): string {
  return techniques.map(({ id }) => `"${id}"`).join(' OR ');
}

const WRITE_ELSEWHERE = newAlert('writtenAddress', 'written_address', {
  'rule.name': 'written_address',
  'ot_anomaly.detector': 'written_address',
  'ot_anomaly.function_code': 'WRITE_SINGLE_REGISTER',
  'ot_anomaly.technique': [{ id: TECHNIQUES.unauthorizedCommand.id }],
});

const JUMP = chartAlert('written_value', {
  'ot_anomaly.function_code': 'WRITE_SINGLE_REGISTER',
  'ot_anomaly.technique': [{ id: TECHNIQUES.modifyParameter.id }],
});

/** Rules over alerts of what the baseline never saw. */
export const RULES_OF_NOVELTY: readonly Rule[] = [
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
    name: 'new-relation',
    type: 'query',
    title: 'OT: two known addresses speak for the first time',
    description:
      'Source and destination are known to the baseline, but not with each other, or not on this port or unit.',
    query:
      'event.kind:alert AND ot_anomaly.group.kind:communication AND ot_anomaly.evidence.feature:(pair OR port OR unit) AND NOT ot_anomaly.evidence.feature:(source OR destination)',
    risk: 73,
    techniques: [TECHNIQUES.points, TECHNIQUES.unauthorizedCommand],
    tags: ['Detector: novelty'],
    steps: [
      LOOK_FIRST,
      'Ask what the source is for: a historian that begins to speak to controllers is a pivot until shown otherwise.',
      'See what it said: `source.address:"<source>" AND destination.address:"<destination>"` in **[OT] Zeek rows**, writes first.',
      ASK,
    ],
    falsePositives: ['A new data point for the historian; a standby server that took over.'],
    firesOn: [
      {
        what: 'a historian that reads a PLC for the first time',
        documents: [newAlert('pair', 'communication')],
      },
      { what: 'a known pair on a new unit', documents: [newAlert('unit', 'communication')] },
    ],
    silentOn: [
      {
        what: 'a source that nobody has seen, which another rule is for',
        documents: [
          newAlert('source', 'communication', {
            'ot_anomaly.evidence': [
              { feature: 'source', days_seen: 0 },
              { feature: 'pair', days_seen: 0 },
            ],
          }),
        ],
      },
      { what: 'a new function of a known pair', documents: [newAlert('functionCode', 'function')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'new-command',
    type: 'query',
    title: 'OT: a command that a relation never had',
    description:
      'A function that writes, operates, restarts, loads programs, changes modes or silences alarms, which this source never sent to this destination in the baseline.',
    query: `event.kind:alert AND ot_anomaly.technique.id:(${quoted(COMMANDS)}) AND NOT ot_anomaly.group.kind:(written_address OR written_value)`,
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
      { what: 'a write where nobody wrote, which another rule is for', documents: [WRITE_ELSEWHERE] },
      { what: 'a value that nobody wrote, which another rule is for', documents: [JUMP] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'write-elsewhere',
    type: 'query',
    title: 'OT: a known writer writes where it never wrote',
    description:
      'A source wrote to an address (a register, a coil, a point) of a device that it writes to anyway, with a function that it always used, but never at this address in the baseline.',
    query: 'event.kind:alert AND ot_anomaly.group.kind:written_address',
    risk: 73,
    techniques: [TECHNIQUES.unauthorizedCommand, TECHNIQUES.modifyParameter],
    tags: ['Detector: written_address'],
    steps: [
      LOOK_FIRST,
      'What lies at that address? Ask whoever keeps the controller’s list of registers and points; the alert’s evidence names the address and those that are usual.',
      'What was written, and what else? `event.dataset:"ot_zeek.modbus_detailed" AND source.address:"<source>" AND destination.address:"<destination>" AND event.action:WRITE*` in **[OT] Zeek rows**, around the alert’s time.',
      'Ask the control room whether somebody is at that station, and what the process did since.',
      ASK,
    ],
    falsePositives: ['A new page at the HMI, a changed program, a set point that is needed once a year.'],
    firesOn: [{ what: 'a register that an HMI never wrote', documents: [WRITE_ELSEWHERE] }],
    silentOn: [
      {
        what: 'a first write of all',
        documents: [
          newAlert('functionCode', 'function', {
            'ot_anomaly.technique': [{ id: TECHNIQUES.unauthorizedCommand.id }],
          }),
        ],
      },
      { what: 'a known register written again and again', documents: [chartAlert('write_rate')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'set-point-jump',
    type: 'query',
    title: 'OT: a value far beyond all that was ever written there',
    description:
      'A source wrote to an address that it always wrote to, with a function that it always used, a value that lies beyond the baseline’s range three times as far as that is wide.',
    query: 'event.kind:alert AND ot_anomaly.group.kind:written_value',
    risk: 73,
    techniques: [TECHNIQUES.modifyParameter, TECHNIQUES.unauthorizedCommand],
    tags: ['Detector: written_value'],
    steps: [
      'Call the control room first: read them the address and the value of the alert’s evidence, and what is usual. Whether it is safe is theirs to say.',
      LOOK_FIRST,
      'Was it put back, and what else was written? `event.dataset:"ot_zeek.modbus_detailed" AND source.address:"<source>" AND destination.address:"<destination>" AND event.action:WRITE*` in **[OT] Zeek rows**, around the alert’s time.',
      ASK,
    ],
    falsePositives: ['A new recipe or season, a changed scale or unit of a register, a test of an alarm.'],
    firesOn: [{ what: 'a set point far too high', documents: [JUMP] }],
    silentOn: [
      { what: 'a register that an HMI never wrote', documents: [WRITE_ELSEWHERE] },
      { what: 'a value that creeps', documents: [chartAlert('drift')] },
    ],
  },
  {
    ...OF_ALERTS,
    name: 'new-function',
    type: 'query',
    title: 'OT: a function that a relation never had, which changes nothing',
    description:
      'A read, an identification or another function without effect that is new to a known relation.',
    query: `event.kind:alert AND ot_anomaly.group.kind:function AND NOT ot_anomaly.technique.id:(${quoted(COMMANDS)}) AND NOT ${FIRST_EXCEPTION}`,
    risk: 47,
    techniques: [TECHNIQUES.systemInformation],
    tags: ['Detector: novelty'],
    steps: [
      LOOK_FIRST,
      'Reads of identity (`REPORT_SLAVE_ID`, `ENCAP_INTERFACE_TRANSPORT`, List Identity) ask what a device is: who wants to know?',
      ASK,
    ],
    falsePositives: ['A new version of a client that asks in another way.'],
    firesOn: [
      { what: 'a first read of another kind', documents: [newAlert('functionCode', 'function')] },
      {
        what: 'a first identification',
        documents: [
          newAlert('functionCode', 'function', {
            'ot_anomaly.technique': [{ id: TECHNIQUES.systemInformation.id }],
          }),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a first write',
        documents: [
          newAlert('functionCode', 'function', {
            'ot_anomaly.technique': [{ id: TECHNIQUES.unauthorizedCommand.id }],
          }),
        ],
      },
      { what: 'a changed rhythm', documents: [alert()] },
      {
        what: 'a first exception, which another rule is for',
        documents: [
          newAlert('functionCode', 'function', { 'ot_anomaly.function_code': 'READ_COILS_EXCEPTION' }),
        ],
      },
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
    name: 'flood',
    type: 'query',
    title: 'OT: many connections on one controller',
    description:
      'Connection attempts without payload, or far more sources than ever, on an address that has industrial traffic.',
    query: `event.kind:alert AND ot_anomaly.group.kind:(attempts OR fan_out) AND NOT ot_anomaly.technique.id:"${TECHNIQUES.discovery.id}"`,
    risk: 73,
    techniques: [TECHNIQUES.denialOfService],
    tags: ['Detector: novelty', 'Detector: fan_out'],
    steps: [
      'First see whether the controller still answers those whom it should: `destination.address:"<destination>" AND zeek.conn.conn_state:SF`.',
      LOOK_FIRST,
      '`ot_anomaly.group.sources` and `.records` of the group’s newest event say how many there were.',
    ],
    falsePositives: [
      'A monitoring tool that opens and closes connections; clients after a controller’s restart.',
    ],
    firesOn: [
      { what: 'a stranger who knocks at a PLC', documents: [newAlert('source', 'attempts')] },
      {
        what: 'hundreds of sources at once',
        documents: [
          chartAlert('fan_out', { 'ot_anomaly.technique': [{ id: TECHNIQUES.denialOfService.id }] }),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a scan',
        documents: [chartAlert('fan_out', { 'ot_anomaly.technique': [{ id: TECHNIQUES.discovery.id }] })],
      },
      { what: 'a stranger who reads', documents: [newAlert('source', 'communication')] },
    ],
  },
];
