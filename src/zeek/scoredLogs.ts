import type { Protocol } from '../features/protocol.js';

/** A column that tells requests from responses. A value that stands in neither list tells nothing. */
export interface DirectionColumn {
  readonly column: string;
  readonly request: readonly string[];
  readonly response: readonly string[];
  /** What a row is in which the column is unset. */
  readonly unset?: 'response';
}

/**
 * How the rows of a log become records. Raw rows (`toOtRecord`) and aggregations over `zeek.<log>.*`
 * (`baselineSource`) both read this table, so that training and scoring can't differ.
 */
export interface ScoredLogType {
  /** undefined: by service and port, which conn.log alone has */
  readonly protocol: Protocol | undefined;
  /**
   * `message`: one row a message or transaction. `item`: several rows for the objects of one message, so their
   * distances in time are no intervals. `response`: only ever what a device answered.
   */
  readonly rows: 'connection' | 'message' | 'item' | 'response';
  /**
   * Rows come every few milliseconds and say the same: a scorer that follows arrivals is given the first of each second
   * of a relation, so no detector may look at the distance of two.
   */
  readonly cyclic: boolean;
  readonly direction: readonly DirectionColumn[];
  /** The first of these columns that is set names the unit. */
  readonly unit: readonly string[];
  /** The parts of the function code, joined by JOINT; of each part's columns the first that names something. */
  readonly functionCode: readonly (readonly string[])[];
  /** A status that isn't one of OK_STATUS. */
  readonly exception: readonly string[];
  readonly address: readonly string[];
  readonly quantity: readonly string[];
  /** The first of these columns that is set holds the registers' or bits' values, from `address` on. */
  readonly values: readonly string[];
}

/** Between the parts of a function code: `DIRECT_OPERATE, Pulse On, Trip`; `Set Attribute List, 0x8b`. */
export const JOINT = ', ';

/** Status values that are no exception: ICSNPP's name, and the code where no script named it. */
export const OK_STATUS: ReadonlySet<string> = new Set(['Success', '0x00', '0x00000000']);

/** ICSNPP since 2023: whether the connection's originator sent this message. */
const IS_ORIG: DirectionColumn = { column: 'is_orig', request: ['true'], response: ['false'] };

/** ICSNPP's Modbus logs, before and since 2023. */
const MODBUS_DIRECTION: readonly DirectionColumn[] = [
  { column: 'network_direction', request: ['request'], response: ['response'] },
  { column: 'request_response', request: ['REQUEST'], response: ['RESPONSE'] },
];

/**
 * DNP3's own function codes for what an outstation sends. is_orig would not do: older logs lack it, and an outstation
 * that sends unsolicited responses may have opened the connection.
 */
const DNP3_DIRECTION: readonly DirectionColumn[] = [
  {
    column: 'function_code',
    request: [],
    response: ['RESPONSE', 'UNSOLICITED_RESPONSE', 'AUTHENTICATE_RESP'],
  },
];

const NOTHING = {
  rows: 'message',
  cyclic: false,
  direction: [],
  unit: [],
  functionCode: [],
  exception: [],
  address: [],
  quantity: [],
  values: [],
} as const satisfies Partial<ScoredLogType>;

const MODBUS = {
  ...NOTHING,
  protocol: 'modbus',
  direction: MODBUS_DIRECTION,
  unit: ['unit', 'unit_id'],
  functionCode: [['func']],
  exception: ['exception', 'exception_code'],
  address: ['address'],
  quantity: ['quantity'],
} as const satisfies ScoredLogType;

/**
 * The table. Protocols are named as conn.log's service would name them, so that a log that is switched on after training brings
 * no port that the baseline lacks: CIP that travels within EtherNet/IP (TCP 44818) is `enip`, as in conn.log, and
 * `cip` is implicit I/O (UDP 2222) alone. DNP3 is one protocol over TCP and UDP.
 */
const TYPES = {
  conn: { ...NOTHING, protocol: undefined, rows: 'connection' },
  modbus: {
    ...MODBUS,
    direction: [{ column: 'pdu_type', request: ['REQ'], response: ['RESP'] }],
  },
  modbus_detailed: { ...MODBUS, values: ['request_values', 'response_values', 'values'] },
  modbus_mask_write_register: MODBUS,
  modbus_read_write_multiple_registers: {
    ...MODBUS,
    address: ['write_start_address'],
    quantity: ['read_quantity'],
  },
  modbus_read_device_identification: MODBUS,
  // One row a transaction. A row without request is a response that nobody asked for (UNSOLICITED_RESPONSE) or the
  // next part of a long one.
  dnp3: {
    ...NOTHING,
    protocol: 'dnp3',
    direction: [{ column: 'fc_request', request: [], response: [], unset: 'response' }],
    functionCode: [['fc_request', 'fc_reply']],
  },
  dnp3_control: {
    ...NOTHING,
    protocol: 'dnp3',
    rows: 'item',
    direction: DNP3_DIRECTION,
    functionCode: [['function_code'], ['operation_type'], ['trip_control_code']],
    exception: ['status_code'],
    address: ['index_number'],
  },
  dnp3_objects: {
    ...NOTHING,
    protocol: 'dnp3',
    rows: 'item',
    direction: DNP3_DIRECTION,
    functionCode: [['function_code'], ['object_type']],
    address: ['range_low'],
    quantity: ['object_count'],
  },
  // Older logs have no direction: there requests and responses are one sequence.
  enip: {
    ...NOTHING,
    protocol: 'enip',
    direction: [IS_ORIG],
    functionCode: [['enip_command', 'enip_command_code']],
    exception: ['enip_status'],
  },
  // The message that a row tells of is in enip.log too, as `Send RR Data` or `Send Unit Data`; the services within a
  // Multiple Service Packet are rows of their own. Responses name no class.
  cip: {
    ...NOTHING,
    protocol: 'enip',
    direction: [{ column: 'direction', request: ['request'], response: ['response'] }],
    functionCode: [
      ['cip_service', 'cip_service_code'],
      ['class_name', 'class_id'],
    ],
    exception: ['cip_status'],
    address: ['instance_id'],
  },
  // Cyclic I/O in both directions. Both ends use port 2222, so Zeek takes for the originator whoever it saw first:
  // after a pause, or a restart of the sensor, source and destination may change places, and a relation that the
  // baseline has in one direction only will look new. connection_id is of one session, and no structure.
  cip_io: { ...NOTHING, protocol: 'cip', rows: 'item', cyclic: true },
  cip_identity: { ...NOTHING, protocol: 'enip', rows: 'response' },
} as const satisfies Readonly<Record<string, ScoredLogType>>;

export type ScoredLog = keyof typeof TYPES;

export const SCORED_LOG_TYPES: Readonly<Record<ScoredLog, ScoredLogType>> = TYPES;

/** The logs whose rows are scored. */
export const SCORED_LOGS = Object.keys(SCORED_LOG_TYPES) as readonly ScoredLog[];

/** How a log is scored; undefined for one that isn't. */
export function scoredLogType(log: string): ScoredLogType | undefined {
  return Object.hasOwn(SCORED_LOG_TYPES, log) ? SCORED_LOG_TYPES[log as ScoredLog] : undefined;
}

/** The columns that tell one relation and function code of a log from another. */
export function structureColumns({ unit, functionCode }: ScoredLogType): readonly string[] {
  return [...unit, ...functionCode.flat()];
}
