import { type LogType, SENDER_COLUMNS } from './types.js';

/** Zeek's dnp3.log, one row a transaction, and ICSNPP's, one row an object. */
export const DNP3_LOGS: readonly LogType[] = [
  {
    name: 'dnp3',
    columns: {
      fc_request: 'string', // unset for what an outstation sends by itself
      fc_reply: 'string',
      iin: 'count', // internal indications: IIN1 the high byte, IIN2 the low one
    },
  },
  {
    name: 'dnp3_control',
    columns: {
      ...SENDER_COLUMNS,
      block_type: 'string',
      function_code: 'string',
      index_number: 'count',
      trip_control_code: 'string',
      operation_type: 'string',
      clear_bit: 'bool', // since 2025
      execute_count: 'count',
      on_time: 'count',
      off_time: 'count',
      status_code: 'string',
    },
  },
  {
    name: 'dnp3_objects',
    columns: {
      ...SENDER_COLUMNS,
      function_code: 'string',
      object_type: 'string',
      object_count: 'count',
      range_low: 'count',
      range_high: 'count',
    },
  },
];
