import { CodedError } from '../errors.js';
import { KNOWN_LOGS } from './logTypes.js';

export type ZeekLogErrorCode =
  /** Neither header, file name nor `_path` says which log this is, or it is one we have no pipeline for. */
  | 'unknown_log_type'
  /** Tab-separated rows without a `#fields` header. */
  | 'no_header'
  /** A header that contradicts itself. */
  | 'bad_header'
  /** Timestamps replaced by XXXXXXXXXX.XXXXXX, as in Zeek's own test baselines. */
  | 'masked_time'
  /** Neither tab-separated with a header nor JSON lines. */
  | 'not_a_zeek_log'
  /** The compressed file ends in the middle, or its bytes are damaged. */
  | 'damaged_gzip'
  /** The file can't be opened or read. */
  | 'unreadable';

/** A whole file that can't be read as a Zeek log. Single bad rows are values (`RowFailure`), not errors. */
export class ZeekLogError extends CodedError<ZeekLogErrorCode> {}

export function unknownLogType(found: string): ZeekLogError {
  return new ZeekLogError(
    'unknown_log_type',
    `${found}; the logs known are ${KNOWN_LOGS.join(', ')}`,
    'If it is one of them under another name, say which with --log.',
  );
}
