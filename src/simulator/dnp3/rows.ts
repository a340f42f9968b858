import type { SimulatedRow } from '../activity.js';
import type { Line } from '../conversations/conversation.js';
import { identityColumns, senderColumns } from '../conversations/identity.js';
import { toSeconds } from '../time.js';
import type { RelayCommand } from './objects.js';

/**
 * dnp3.log, one row a transaction: written with the answer and stamped with its time (base/protocols/dnp3/main.zeek).
 * What was asked last before it stands in fc_request, so that a CONFIRM shows only where no request follows it.
 */
export function transactionRow(
  line: Line,
  at: number,
  request: string | undefined,
  reply: string,
  iin: number,
): SimulatedRow {
  const ts = toSeconds(at);
  return {
    log: 'dnp3',
    writtenAt: ts,
    row: {
      ts,
      ...identityColumns(line),
      ...(request === undefined ? {} : { fc_request: request }),
      fc_reply: reply,
      iin,
    },
  };
}

/** dnp3_objects.log: one row for each object header of a READ or a RESPONSE; requests name no count. */
export function objectRow(
  line: Line,
  at: number,
  functionCode: 'READ' | 'RESPONSE',
  objectType: string,
  range?: { readonly count: number; readonly low: number; readonly high: number },
): SimulatedRow {
  const ts = toSeconds(at);
  return {
    log: 'dnp3_objects',
    writtenAt: ts,
    row: {
      ts,
      ...identityColumns(line),
      ...senderColumns(line, functionCode === 'READ'),
      function_code: functionCode,
      object_type: objectType,
      ...(range === undefined
        ? {}
        : { object_count: range.count, range_low: range.low, range_high: range.high }),
    },
  };
}

/** dnp3_control.log: one row for each relay command, and one for its echo in the answer. */
export function controlRow(
  line: Line,
  at: number,
  functionCode: string,
  command: RelayCommand,
  status?: string,
): SimulatedRow {
  const ts = toSeconds(at);
  return {
    log: 'dnp3_control',
    writtenAt: ts,
    row: {
      ts,
      ...identityColumns(line),
      ...senderColumns(line, functionCode !== 'RESPONSE'),
      block_type: 'Control Relay Output Block',
      function_code: functionCode,
      index_number: command.index,
      trip_control_code: command.trip,
      operation_type: command.operation,
      clear_bit: false,
      execute_count: 1,
      on_time: command.onTime,
      off_time: command.offTime,
      ...(status === undefined ? {} : { status_code: status }),
    },
  };
}
