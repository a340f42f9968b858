import { CodedError } from '../errors.js';

export type EvaluationErrorCode =
  /** A path that is neither a file nor a folder. */
  | 'no_such_path'
  /** No row of industrial traffic in the baseline or in the test. */
  | 'no_rows'
  /** More rows than are held in memory. */
  | 'too_many_rows'
  /** A label file that can't be used. */
  | 'invalid_labels';

/** The evaluation can't be made; nothing was written anywhere. */
export class EvaluationError extends CodedError<EvaluationErrorCode> {}
