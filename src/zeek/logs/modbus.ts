import { type LogType, SENDER_COLUMNS } from './types.js';

/** What ICSNPP's logs of single Modbus functions begin with. */
const FUNCTION_COLUMNS = {
  ...SENDER_COLUMNS,
  modbus_detailed_link_id: 'string', // since 2025-09
  tid: 'count', // since 2023
  unit: 'count',
  func: 'string',
  request_response: 'string', // REQUEST or RESPONSE
  unit_id: 'count', // before 2023, as the next
  network_direction: 'string', // request or response
} as const;

/** Zeek's modbus.log and the four of ICSNPP. */
export const MODBUS_LOGS: readonly LogType[] = [
  {
    name: 'modbus',
    columns: {
      tid: 'count', // this and the next two: Zeek ≥ 5.1
      unit: 'count',
      pdu_type: 'string', // REQ or RESP
      func: 'string',
      exception: 'string',
    },
  },
  {
    name: 'modbus_detailed',
    columns: {
      ...SENDER_COLUMNS,
      func: 'string',
      address: 'count',
      quantity: 'count',
      // before 2025-09, one row a PDU
      unit_id: 'count',
      network_direction: 'string', // request or response
      values: 'string',
      // 2023 to 2025-09, with tid and unit
      request_response: 'string', // REQUEST or RESPONSE
      // since 2025-09, one row a transaction
      tid: 'count',
      unit: 'count',
      request_values: 'vector[count]',
      response_values: 'vector[count]',
      modbus_detailed_link_id: 'string',
      matched: 'bool',
      request_subfunction_code: 'string',
      response_subfunction_code: 'string',
      request_data: 'string',
      response_data: 'string',
      exception_code: 'string',
      mei_type: 'string',
    },
  },
  {
    name: 'modbus_mask_write_register',
    columns: { ...FUNCTION_COLUMNS, address: 'count', and_mask: 'count', or_mask: 'count' },
  },
  {
    name: 'modbus_read_write_multiple_registers',
    columns: {
      ...FUNCTION_COLUMNS,
      write_start_address: 'count',
      write_registers: 'vector[count]',
      read_start_address: 'count',
      read_quantity: 'count',
      read_registers: 'vector[count]',
    },
  },
  {
    name: 'modbus_read_device_identification',
    columns: {
      ...FUNCTION_COLUMNS,
      mei_type: 'string',
      conformity_level_code: 'string',
      conformity_level: 'string',
      device_id_code: 'count',
      object_id_code: 'string',
      object_id: 'string',
      object_value: 'string',
    },
  },
];
