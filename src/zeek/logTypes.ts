import { DNP3_LOGS } from './logs/dnp3.js';
import { ENIP_LOGS } from './logs/enip.js';
import { MODBUS_LOGS } from './logs/modbus.js';
import type { LogType, ZeekType } from './logs/types.js';
import { ZEEK_LOGS } from './logs/zeek.js';

export type { LogType, ZeekType } from './logs/types.js';

/** ts, uid and id.*: the columns that every log starts with. */
export const IDENTITY_COLUMNS: Readonly<Record<string, ZeekType>> = {
  ts: 'time',
  uid: 'string',
  'id.orig_h': 'addr',
  'id.orig_p': 'port',
  'id.resp_h': 'addr',
  'id.resp_p': 'port',
};

/**
 * The Zeek and ICSNPP logs that this version indexes. Adding one: an entry under logs/, its pipeline
 * `ingest-pipelines/logs-ot_zeek.<name>.yml`, its mappings under `index-templates/`, and a line of `scoredLogs.ts` if
 * its rows are to be scored.
 */
export const LOG_TYPES: readonly LogType[] = [...ZEEK_LOGS, ...MODBUS_LOGS, ...DNP3_LOGS, ...ENIP_LOGS];

export const KNOWN_LOGS: readonly string[] = LOG_TYPES.map(({ name }) => name);

const byName = new Map(LOG_TYPES.map((logType) => [logType.name, logType]));

/** The log of that name, or undefined if this version doesn't know it. */
export function findLogType(name: string): LogType | undefined {
  return byName.get(name);
}
