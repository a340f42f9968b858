import type { LogName, SimulatedRow } from './activity.js';
import type { ModbusException, ModbusRequest } from './modbusPdu.js';
import { processValues, writtenValues } from './processValues.js';
import type { Session } from './session.js';
import { toSeconds } from './time.js';

/** One request and its answer. Times in microseconds. */
export interface Exchange {
  readonly tid: number;
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly request: ModbusRequest;
  readonly exception: ModbusException | undefined;
}

/** Adds the exchange's rows to `rows`, in the order in which Zeek writes them. */
export function logExchange(
  session: Session,
  exchange: Exchange,
  logs: ReadonlySet<LogName>,
  rows: SimulatedRow[],
): void {
  if (logs.has('modbus')) {
    rows.push(requestRow(session, exchange));
    rows.push(responseRow(session, exchange));
  }
  if (logs.has('modbus_detailed')) rows.push(...detailedRows(session, exchange));
}

/** modbus.log since Zeek 5.1: request and answer are a row each. */
function requestRow(
  { uid, client, clientPort, server }: Session,
  { tid, askedAt, request }: Exchange,
): SimulatedRow {
  const ts = toSeconds(askedAt);
  return {
    log: 'modbus',
    writtenAt: ts,
    row: {
      ts,
      uid,
      'id.orig_h': client.address,
      'id.orig_p': clientPort,
      'id.resp_h': server.address,
      'id.resp_p': 502,
      tid,
      unit: request.unit ?? server.unit,
      func: request.func,
      pdu_type: 'REQ',
    },
  };
}

/** Zeek adds _EXCEPTION to the function's name where the answer is one (base/protocols/modbus/main.zeek). */
function responseRow(
  { uid, client, clientPort, server }: Session,
  { tid, answeredAt, request, exception }: Exchange,
): SimulatedRow {
  const ts = toSeconds(answeredAt);
  const row = {
    ts,
    uid,
    'id.orig_h': client.address,
    'id.orig_p': clientPort,
    'id.resp_h': server.address,
    'id.resp_p': 502,
    tid,
    unit: request.unit ?? server.unit,
    func: exception === undefined ? request.func : `${request.func}_EXCEPTION`,
    pdu_type: 'RESP',
  };
  return { log: 'modbus', writtenAt: ts, row: exception === undefined ? row : { ...row, exception } };
}

/**
 * modbus_detailed.log v2: stamped with the request, written when the answer is in. Functions for which
 * the parser has no handler give one bare row for each direction.
 */
function detailedRows(
  { uid, client, clientPort, server }: Session,
  { tid, askedAt, answeredAt, request, exception }: Exchange,
): readonly SimulatedRow[] {
  const row = (ts: number, rest: Readonly<Record<string, unknown>>): SimulatedRow => ({
    log: 'modbus_detailed',
    writtenAt: toSeconds(answeredAt),
    row: {
      ts: toSeconds(ts),
      uid,
      'id.orig_h': client.address,
      'id.orig_p': clientPort,
      'id.resp_h': server.address,
      'id.resp_p': 502,
      tid,
      unit: request.unit ?? server.unit,
      func: request.func,
      ...rest,
    },
  });
  if (request.func === 'REPORT_SLAVE_ID') return [row(askedAt, {}), row(answeredAt, {})];
  if (request.func === 'DIAGNOSTICS') return [row(askedAt, diagnostics())];
  const { address, quantity } = request;
  if (exception !== undefined)
    return [row(askedAt, { address, quantity, matched: true, exception_code: exception })];
  return [row(askedAt, { address, quantity, ...values(server.key, request, askedAt), matched: true })];
}

function diagnostics(): Readonly<Record<string, unknown>> {
  const code = 'Return Diagnostic Register';
  return { matched: true, request_subfunction_code: code, response_subfunction_code: code };
}

function values(
  plc: Session['server']['key'],
  request: ModbusRequest,
  at: number,
): Readonly<Record<string, unknown>> {
  switch (request.func) {
    case 'WRITE_SINGLE_COIL':
    case 'WRITE_SINGLE_REGISTER': {
      const written = writtenValues(plc, request, at);
      return { request_values: written, response_values: written };
    }
    case 'WRITE_MULTIPLE_COILS':
    case 'WRITE_MULTIPLE_REGISTERS':
      return { request_values: writtenValues(plc, request, at) };
    default:
      return { response_values: processValues(plc, request, at), ...padding(request) };
  }
}

/** Bits come in whole bytes; the parser reports those past the quantity as data of the answer. */
function padding({ func, quantity }: ModbusRequest): Readonly<Record<string, string>> {
  const spare = func === 'READ_COILS' || func === 'READ_DISCRETE_INPUTS' ? (8 - (quantity % 8)) % 8 : 0;
  return spare === 0 ? {} : { response_data: Array(spare).fill('0').join(',') };
}
