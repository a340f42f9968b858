import { findLogType } from '../zeek/logTypes.js';
import { SCORED_LOG_TYPES, type ScoredLog } from '../zeek/scoredLogs.js';

/** Columns of which scoring needs one: an older and a newer log's names of the same thing. */
export interface Slot {
  readonly what: 'direction' | 'unit' | 'function code' | 'exception' | 'address' | 'quantity' | 'values';
  readonly columns: readonly string[];
}

/** What scoring reads of a log, apart from the connection's identity: of the columns that Zeek writes there. */
export function slotsOf(log: ScoredLog): readonly Slot[] {
  const type = SCORED_LOG_TYPES[log];
  const slots: readonly Slot[] = [
    { what: 'direction', columns: type.direction.map(({ column }) => column) },
    { what: 'unit', columns: type.unit },
    ...type.functionCode.map((columns) => ({ what: 'function code', columns }) as const),
    { what: 'exception', columns: type.exception },
    { what: 'address', columns: type.address },
    { what: 'quantity', columns: type.quantity },
    { what: 'values', columns: type.values },
  ];
  const written = findLogType(log)?.columns ?? {};
  return slots
    .map(({ what, columns }) => ({ what, columns: columns.filter((column) => column in written) }))
    .filter(({ columns }) => columns.length > 0);
}
