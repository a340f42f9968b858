import { TECHNIQUES } from '../../anomaly/attackIcs.js';
import { assets, sources } from '../dataViews.js';
import type { Rule } from './rule.js';
import { document, modbusRow, zeekRow } from './samples.js';

const OF_SOURCES = { view: sources, everyMinutes: 5, lookBackMinutes: 5 } as const;

/** Logs that hold industrial messages; connections without one aren't meant. */
const MESSAGES =
  'event.kind:event AND network.protocol:(modbus OR dnp3 OR enip OR cip) AND NOT event.dataset:"ot_zeek.conn"';

/** Functions that write or operate, as Zeek and ICSNPP name them. */
const WRITES =
  'event.action:(WRITE* OR MASK_WRITE* OR READ_WRITE* OR OPERATE* OR DIRECT_OPERATE* OR SELECT OR Set* OR Write*)';

/** Functions that restart, stop, start or load a controller. */
const CONTROL =
  'event.action:(COLD_RESTART* OR WARM_RESTART* OR STOP_APPL* OR START_APPL* OR INITIALIZE_* OR ACTIVATE_CONFIG* OR SAVE_CONFIG* OR PROGRAM_* OR Reset* OR Stop* OR Start*)';

const LOOK =
  'Choose source and destination on **[OT] Alert investigation**; the raw rows are at its end. If the detectors are silent about it, see **[OT] Scorer health**.';

/** Rules on Zeek's rows alone: detection that doesn't hang on a model. */
export const RULES_OF_SOURCES: readonly Rule[] = [
  {
    ...OF_SOURCES,
    name: 'source-first-pair',
    type: 'new_terms',
    title: 'OT (no model): first exchange between two addresses',
    description:
      'A source sent an industrial message to a destination with which it has exchanged none in the last 30 days.',
    query: MESSAGES,
    by: ['source.ip', 'destination.ip'],
    historyDays: 30,
    risk: 47,
    techniques: [TECHNIQUES.rogueMaster],
    tags: ['No model'],
    steps: [LOOK, 'Find out what the source is, and whether someone is at work.'],
    falsePositives: ['A relation that speaks less than once in 30 days; the first 30 days of collection.'],
    setup: 'Needs 30 days of rows before it is switched on, or every relation is new.',
    firesOn: [
      {
        what: 'a stranger beside a known master',
        before: [modbusRow('10.1.0.5', '10.1.1.10', 'READ_COILS')],
        documents: [
          modbusRow('10.1.0.5', '10.1.1.10', 'READ_COILS'),
          modbusRow('10.1.0.99', '10.1.1.10', 'READ_COILS'),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a known master with a new function',
        before: [modbusRow('10.1.0.5', '10.1.1.10', 'READ_COILS')],
        documents: [modbusRow('10.1.0.5', '10.1.1.10', 'WRITE_SINGLE_COIL')],
      },
      {
        what: 'a connection without a message',
        documents: [
          zeekRow('conn', '10.1.0.98', '10.1.1.10', 502, {
            proto: 'tcp',
            service: 'modbus',
            conn_state: 'S0',
          }),
        ],
      },
    ],
  },
  {
    ...OF_SOURCES,
    name: 'source-first-write',
    type: 'new_terms',
    title: 'OT (no model): first write between two addresses',
    description:
      'A source sent a function that writes or operates to a destination to which it has sent none of that name in the last 30 days.',
    query: `event.kind:event AND ${WRITES}`,
    by: ['source.ip', 'destination.ip', 'event.action'],
    historyDays: 30,
    risk: 73,
    techniques: [TECHNIQUES.unauthorizedCommand, TECHNIQUES.modifyParameter],
    tags: ['No model'],
    steps: [
      LOOK,
      'Where ICSNPP’s detailed logs are collected, read address and value: `event.dataset:("ot_zeek.modbus_detailed" OR "ot_zeek.dnp3_control" OR "ot_zeek.cip")`.',
      'Ask the control room what changed.',
    ],
    falsePositives: ['Writes that happen less than once in 30 days; the first 30 days of collection.'],
    setup: 'Needs 30 days of rows before it is switched on, or every write is new.',
    firesOn: [
      {
        what: 'a known reader that writes',
        before: [modbusRow('10.1.0.5', '10.1.1.10', 'READ_COILS')],
        documents: [modbusRow('10.1.0.5', '10.1.1.10', 'WRITE_SINGLE_COIL')],
      },
      {
        what: 'a CIP attribute that is set',
        documents: [
          zeekRow('cip', '10.1.0.5', '10.1.1.10', 44_818, {
            is_orig: true,
            cip_service: 'Set Attribute Single',
            cip_service_code: '0x10',
          }),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a writer that writes again',
        before: [modbusRow('10.1.0.5', '10.1.1.10', 'WRITE_SINGLE_COIL')],
        documents: [modbusRow('10.1.0.5', '10.1.1.10', 'WRITE_SINGLE_COIL')],
      },
      { what: 'a read', documents: [modbusRow('10.1.0.6', '10.1.1.10', 'READ_HOLDING_REGISTERS')] },
    ],
  },
  {
    ...OF_SOURCES,
    name: 'source-controller-control',
    type: 'query',
    title: 'OT (no model): controller restarted, stopped or loaded',
    description:
      'A message that restarts, stops, starts, initialises or loads a controller, whoever sent it.',
    query: `event.kind:event AND ${CONTROL}`,
    risk: 73,
    techniques: [TECHNIQUES.restart, TECHNIQUES.operatingMode, TECHNIQUES.programDownload],
    tags: ['No model'],
    steps: [LOOK, 'Is the controller back, in the mode it should be in? Ask the control room.'],
    falsePositives: ['Firmware and program work, which a maintenance window should name.'],
    firesOn: [
      {
        what: 'a cold restart',
        documents: [
          zeekRow('dnp3', '10.1.0.5', '10.1.1.20', 20_000, {
            fc_request: 'COLD_RESTART',
            fc_reply: 'RESPONSE',
          }),
        ],
      },
    ],
    silentOn: [
      {
        what: 'a read',
        documents: [
          zeekRow('dnp3', '10.1.0.5', '10.1.1.20', 20_000, { fc_request: 'READ', fc_reply: 'RESPONSE' }),
        ],
      },
    ],
  },
  {
    ...OF_SOURCES,
    name: 'source-write-to-safety-asset',
    type: 'threat_match',
    title: 'OT (no model): write to a safety instrumented system',
    description:
      'A function that writes or operates was sent to an address that the inventory marks as part of a safety instrumented system.',
    query: `event.kind:event AND ${WRITES}`,
    field: 'destination.address',
    indicators: {
      view: assets,
      query: 'ot_anomaly.asset.safety_instrumented_system:true',
      field: 'ot_anomaly.asset.address',
      path: 'ot_anomaly.asset',
    },
    risk: 99,
    techniques: [TECHNIQUES.unauthorizedCommand, TECHNIQUES.modifyParameter],
    tags: ['No model', 'Safety'],
    steps: [
      'Call the control room and the safety engineer now: a safety system that is written to outside of its own maintenance is not trusted until checked.',
      LOOK,
      'Keep the evidence: the rows, the sensor’s capture if there is one, the engineering workstation’s logs.',
    ],
    falsePositives: ['Proof tests and approved changes of the safety system.'],
    setup:
      'Needs the inventory (`ot-anomaly assets import`) with safety_instrumented_system for each controller by address; a network in CIDR notation is matched by no address here.',
    firesOn: [
      {
        what: 'a write to a safety PLC',
        before: [
          document('logs-ot_anomaly.asset', {
            'event.kind': 'asset',
            'ot_anomaly.asset.address': '10.1.9.1',
            'ot_anomaly.asset.name': 'SIS-1',
            'ot_anomaly.asset.safety_instrumented_system': true,
          }),
        ],
        documents: [modbusRow('10.1.0.5', '10.1.9.1', 'WRITE_SINGLE_COIL')],
      },
    ],
    silentOn: [
      {
        what: 'a read of a safety PLC, and a write to another',
        before: [
          document('logs-ot_anomaly.asset', {
            'event.kind': 'asset',
            'ot_anomaly.asset.address': '10.1.9.2',
            'ot_anomaly.asset.name': 'SIS-2',
            'ot_anomaly.asset.safety_instrumented_system': true,
          }),
          document('logs-ot_anomaly.asset', {
            'event.kind': 'asset',
            'ot_anomaly.asset.address': '10.1.1.12',
            'ot_anomaly.asset.name': 'PLC-12',
            'ot_anomaly.asset.safety_instrumented_system': false,
          }),
        ],
        documents: [
          modbusRow('10.1.0.5', '10.1.9.2', 'READ_COILS'),
          modbusRow('10.1.0.5', '10.1.1.12', 'WRITE_SINGLE_COIL'),
        ],
      },
    ],
  },
];
