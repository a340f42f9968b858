import { OtAnomalyError } from '../errors.js';

export type SimulatorErrorCode =
  | 'bad-option'
  | 'unknown-scenario'
  | 'scenario-time'
  | 'scenario-impossible'
  | 'folder-not-empty'
  | 'write-failed';

/** What the simulator refuses: options that describe no plant, and folders that it would spoil. */
export class SimulatorError extends OtAnomalyError {
  readonly code: SimulatorErrorCode;

  constructor(code: SimulatorErrorCode, message: string, advice: string, options?: ErrorOptions) {
    super(message, advice, options);
    this.code = code;
  }
}
