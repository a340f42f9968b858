/** Zeek's type of a column, as it stands in a log's `#types` line. */
export type ZeekType = string;

export interface LogType {
  /** Zeek's own name of the log: its `#path`, `_path` and file name. */
  readonly name: string;
  /**
   * Every column known over all versions of the log, without the identity that all logs share
   * (ts, uid, id.*). Types stand in for a missing `#types` line; the index template maps each of them.
   */
  readonly columns: Readonly<Record<string, ZeekType>>;
}

/**
 * Who sent this one message, in ICSNPP logs written per message (since 2023): id.* stay those of the connection.
 */
export const SENDER_COLUMNS = {
  is_orig: 'bool',
  source_h: 'addr',
  source_p: 'port',
  destination_h: 'addr',
  destination_p: 'port',
} as const;
