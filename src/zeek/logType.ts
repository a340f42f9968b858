import { basename } from 'node:path';
import { unknownLogType } from './errors.js';
import { findLogType, KNOWN_LOGS } from './logTypes.js';

/** What may say which log a row belongs to, strongest first. */
export interface LogTypeHints {
  /** What the user said. */
  readonly given?: string | undefined;
  /** The row's own `_path`, or the `#path` of its header. */
  readonly path?: string | undefined;
  readonly fileName: string;
}

/**
 * Which log this is: what the user said, else what the row or header says, else what the file's name says.
 *
 * @throws {ZeekLogError} `unknown_log_type`, naming the logs that are known
 */
export function resolveLogType({ given, path, fileName }: LogTypeHints): string {
  const said = given ?? path;
  if (said !== undefined) {
    if (findLogType(said) === undefined) throw unknownLogType(`"${said}" is no log this version knows`);
    return said;
  }
  const named = logTypesInName(fileName);
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  throw unknownLogType(
    named.length === 0
      ? `the name of ${basename(fileName)} doesn't say which log it is, nor does its content`
      : `the name of ${basename(fileName)} could mean ${named.join(' or ')}`,
  );
}

/**
 * Every known log that a file's name holds: `conn.log`, `conn.00:00:00-01:00:00.log.gz`,
 * `conn-20240101.log`, `modbus_detailed.2024-01-01.json`, `capture.modbus.json.gz`.
 */
function logTypesInName(fileName: string): readonly string[] {
  const found = new Set<string>();
  for (const part of basename(fileName).split('.')) {
    const name = KNOWN_LOGS.find((known) => part === known || isRotated(part, known));
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

/** `conn-20240101-000000` or `conn_2024-01-01`: the log's name, then a date. */
function isRotated(part: string, known: string): boolean {
  return part.startsWith(known) && /^[-_]\d/.test(part.slice(known.length));
}
