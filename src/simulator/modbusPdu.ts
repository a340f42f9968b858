/** The Modbus functions that the plant uses, by Zeek's names (base/protocols/modbus/consts.zeek). */
export type ModbusFunction =
  | 'READ_COILS'
  | 'READ_DISCRETE_INPUTS'
  | 'READ_HOLDING_REGISTERS'
  | 'READ_INPUT_REGISTERS'
  | 'WRITE_SINGLE_COIL'
  | 'WRITE_SINGLE_REGISTER'
  | 'WRITE_MULTIPLE_COILS'
  | 'WRITE_MULTIPLE_REGISTERS'
  | 'DIAGNOSTICS'
  | 'REPORT_SLAVE_ID';

export type ModbusException = 'ILLEGAL_DATA_ADDRESS' | 'SLAVE_DEVICE_BUSY';

/** One request. `address` and `quantity` are 0 for functions that have none. */
export interface ModbusRequest {
  readonly func: ModbusFunction;
  readonly address: number;
  readonly quantity: number;
  /** Behind a gateway; the server's own by default. */
  readonly unit?: number;
  /** What is written, as a multiple of what would be: 1 by default. */
  readonly scale?: number;
}

/** MBAP header (7 bytes: transaction, protocol, length, unit), then the PDU's function code. */
const HEADER = 8;
/** What a device tells of itself in REPORT_SLAVE_ID: byte count, id, run indicator, a short name. */
const SLAVE_ID_BYTES = 18;

/** TCP payload of the request (MODBUS Application Protocol V1.1b3, section 6). */
export function requestBytes({ func, quantity }: ModbusRequest): number {
  switch (func) {
    case 'WRITE_MULTIPLE_COILS':
      return HEADER + 5 + Math.ceil(quantity / 8);
    case 'WRITE_MULTIPLE_REGISTERS':
      return HEADER + 5 + 2 * quantity;
    case 'REPORT_SLAVE_ID':
      return HEADER;
    default:
      return HEADER + 4;
  }
}

/** TCP payload of the answer: an exception is one code, whatever was asked. */
export function responseBytes({ func, quantity }: ModbusRequest, exception?: ModbusException): number {
  if (exception !== undefined) return HEADER + 1;
  switch (func) {
    case 'READ_COILS':
    case 'READ_DISCRETE_INPUTS':
      return HEADER + 1 + Math.ceil(quantity / 8);
    case 'READ_HOLDING_REGISTERS':
    case 'READ_INPUT_REGISTERS':
      return HEADER + 1 + 2 * quantity;
    case 'REPORT_SLAVE_ID':
      return HEADER + SLAVE_ID_BYTES;
    default:
      return HEADER + 4;
  }
}
