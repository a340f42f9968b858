/**
 * The root of every error this package throws on purpose.
 *
 * `code` belongs to a closed union per area; `message` says what was expected and what came;
 * `advice` says what to do about it. The command line prints both and exits with 1.
 */
export abstract class OtAnomalyError extends Error {
  abstract readonly code: string;
  readonly advice: string;

  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.advice = advice;
  }
}

/** What was thrown, in words. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** An error of an area that tells several apart. */
export abstract class CodedError<Code extends string> extends OtAnomalyError {
  readonly code: Code;

  constructor(code: Code, message: string, advice: string, options?: ErrorOptions) {
    super(message, advice, options);
    this.code = code;
  }
}
