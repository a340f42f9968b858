import { OtAnomalyError } from '../errors.js';

/** One thing wrong with the configuration: the setting's name and what is wrong with it. */
export interface ConfigProblem {
  readonly name: string;
  readonly problem: string;
}

/** The configuration can't be used; the message lists every problem by the setting's name, never its value. */
export class ConfigError extends OtAnomalyError {
  readonly code = 'invalid_configuration';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], advice: string, options?: ErrorOptions) {
    super(problems.map(({ name, problem }) => `${name}: ${problem}`).join('\n'), advice, options);
    this.problems = problems;
  }
}
