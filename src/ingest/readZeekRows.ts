import { toOtRecord, type ZeekRow } from '../features/otRecord.js';
import { ZeekLogError } from '../zeek/errors.js';
import { LogParser } from '../zeek/logParser.js';
import { scoredLogType } from '../zeek/scoredLogs.js';
import { parseZeekTime } from '../zeek/zeekTime.js';
import { readLogFile } from './readLogFile.js';

/** A row of a log, with its time. */
export interface FileRow {
  readonly row: ZeekRow;
  /** seconds since the epoch */
  readonly ts: number;
}

/** What became of the rows of one file: `read = industrial + other + failed`. */
export interface ReadFile {
  readonly path: string;
  readonly log: string | undefined;
  readonly read: number;
  /** Rows that are scored. */
  readonly industrial: number;
  /** Rows of a log that isn't scored, or of traffic that isn't industrial. */
  readonly other: number;
  /** Rows that can't be parsed. */
  readonly failed: number;
  /** Why the first of these can't be. */
  readonly firstFailure: string | undefined;
  /** Why the file was left out, or couldn't be read to its end. */
  readonly problem: string | undefined;
}

export interface ReadOptions {
  /** Which log it is, where neither header nor name tell. */
  readonly log?: string | undefined;
  readonly sensor?: string | undefined;
  /** Told of every row, scored or not. */
  readonly onRow?: (row: ZeekRow) => void;
}

/**
 * Reads the industrial rows of one log file as the scorer would get them from Elasticsearch. A file that is no Zeek
 * log is a result too: its `problem` says why.
 *
 * @param take is given each industrial row, in the order of the file; it may throw to end the reading
 */
export async function readZeekRows(
  path: string,
  options: ReadOptions,
  take: (row: FileRow) => void,
): Promise<ReadFile> {
  const parser = new LogParser({ fileName: path, log: options.log });
  const counts = { read: 0, industrial: 0, other: 0, failed: 0 };
  let log: string | undefined;
  let firstFailure: string | undefined;
  try {
    for await (const line of readLogFile(path, () => undefined)) {
      const parsed = parser.parse(line);
      if (parsed === undefined) continue;
      counts.read += 1;
      if (parsed.kind === 'failure') {
        counts.failed += 1;
        firstFailure ??= `line ${parsed.line}: ${parsed.reason}`;
        continue;
      }
      log ??= parsed.log;
      const row = toRow(parsed.log, parsed.message, options.sensor);
      options.onRow?.(row);
      const record = scoredLogType(parsed.log) === undefined ? undefined : toOtRecord(row);
      if (record === undefined) {
        counts.other += 1;
        continue;
      }
      counts.industrial += 1;
      take({ row, ts: record.ts });
    }
  } catch (error) {
    if (!(error instanceof ZeekLogError)) throw error;
    return { path, log, ...counts, firstFailure, problem: error.message };
  }
  return { path, log, ...counts, firstFailure, problem: undefined };
}

/** Zeek writes `id.orig_h` and seconds; a row whose writer nested `id`, or wrote an ISO 8601 date, is the same row. */
function toRow(log: string, message: string, sensor: string | undefined): ZeekRow {
  const columns = JSON.parse(message) as Record<string, unknown>;
  const time = parseZeekTime(columns['ts']);
  if (time.kind === 'time') columns['ts'] = time.seconds;
  const { id, _system_name: system } = columns;
  if (typeof id === 'object' && id !== null && !Array.isArray(id))
    for (const [name, value] of Object.entries(id)) columns[`id.${name}`] ??= value;
  return { log, sensor: sensor ?? (typeof system === 'string' ? system : undefined), columns };
}
