import { CodedError } from '../errors.js';

export type SimulatorErrorCode =
  | 'bad-option'
  | 'unknown-scenario'
  | 'scenario-time'
  | 'scenario-impossible'
  | 'folder-not-empty'
  | 'write-failed';

/** What the simulator refuses: options that describe no plant, and folders that it would spoil. */
export class SimulatorError extends CodedError<SimulatorErrorCode> {}
