import type { Span } from '../adversarial/result.js';
import { OtAnomalyError } from '../errors.js';

export type GateErrorCode = 'no_data' | 'interrupted';

/** The gate could not come to a result; nothing was written. */
export class GateError extends OtAnomalyError {
  readonly code: GateErrorCode;

  constructor(code: GateErrorCode, span?: Span) {
    super(
      code === 'interrupted'
        ? 'interrupted: no result was written'
        : `expected the rows that the model was trained on, found none from ${span?.from} to ${span?.to}`,
      code === 'interrupted'
        ? 'Run it again.'
        : 'Check --index, --namespace and --profile, and that the source streams still hold the training window.',
    );
    this.code = code;
  }
}
