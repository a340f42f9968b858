import { Command, CommanderError } from 'commander';
import { packageVersion } from '../config/packageRoot.js';
import { OtAnomalyError } from '../errors.js';
import { registerAssets } from './assets.js';
import { registerDoctor } from './doctor.js';
import { registerEvaluate } from './evaluate.js';
import { registerGate } from './gate.js';
import { GOVERNANCE } from './governance.js';
import { registerIngest } from './ingest.js';
import { registerKibana } from './kibana.js';
import { registerMaintenance } from './maintenance.js';
import { closeRegistries, openRegistry } from './registry.js';
import { registerRun } from './run.js';
import { registerScore } from './score.js';
import { registerSetup } from './setup.js';
import { registerSidecar } from './sidecar.js';
import { registerSimulate } from './simulate.js';
import { registerTrain } from './train.js';
import { registerTriage } from './triage.js';
import { registerTriageEval } from './triageEval.js';

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export type Register = (program: Command) => void;

const registrations: readonly Register[] = [
  registerSetup,
  registerIngest,
  registerAssets,
  registerMaintenance,
  registerTrain,
  registerGate,
  registerScore,
  registerDoctor,
  registerEvaluate,
  registerSimulate,
  registerTriage,
  registerTriageEval,
  registerSidecar,
  registerRun,
  registerKibana,
  ...GOVERNANCE,
];

/** Every command with its options. */
export function buildProgram(): Command {
  const program = new Command('ot-anomaly')
    .description('Watch industrial network traffic that Zeek logged into Elasticsearch.')
    .version(packageVersion())
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride();
  for (const register of registrations) register(program);
  program.hook('preAction', (_program, command) => openRegistry(command));
  return program;
}

/** Parses the arguments, runs one command and returns the process's exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...argv]);
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`${explainError(error)}\n`);
    return EXIT.failed;
  } finally {
    closeRegistries();
  }
}

/** An error as a person reads it: what was expected and came, and what to do. */
export function explainError(error: unknown): string {
  if (error instanceof OtAnomalyError) return `error: ${error.message}\n${error.advice}`;
  return `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
