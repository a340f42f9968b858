import { Argument, type Command } from 'commander';
import { type SupervisedPart, supervise } from '../app/supervise.js';
import { keyReader } from '../config/keys.js';
import { packagePath } from '../config/packageRoot.js';
import { environmentOf, type RunPart, wantsTriage } from '../config/partEnvironments.js';
import { interruptSignal } from './interrupt.js';
import { createLog } from './log.js';
import { EXIT } from './program.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const STEADY_AFTER_MS = 60_000;
/** The triage worker may be waiting for an answer for half a minute. */
const GRACE_MS = 45_000;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description(
      'keep the scorer and the decision server up, and the triage worker where an LLM is configured',
    )
    .option('--no-sidecar', 'without the decision server')
    .addArgument(new Argument('[arguments...]', 'of "score --follow", after --'))
    .addHelpText(
      'after',
      `
Each part is a process of its own with its own key and none of the others' secrets: the keys that set-up wrote, or the
files that OT_ANOMALY_RUN_SCORER_KEY_FILE, OT_ANOMALY_RUN_SOAR_KEY_FILE and OT_ANOMALY_RUN_TRIAGE_KEY_FILE name. What ends
is started again after 1 s, then 2 s, up to a minute. SIGTERM stops all in order: exit code 0; 1 if one did not; 2 if one
was started with wrong arguments. Under one user the parts could still read each other's files and memory: where that
matters, use the systemd units.`,
    )
    .action(run);
}

async function run(
  scorerArguments: readonly string[],
  options: { readonly sidecar: boolean },
): Promise<void> {
  const readKey = keyReader(process.env);
  const part = (name: RunPart, ...args: readonly string[]): SupervisedPart => ({
    name,
    command: [process.execPath, packagePath('dist/cli.js'), ...args],
    env: environmentOf(name, process.env, readKey),
  });
  process.exitCode = await supervise({
    parts: [
      part('scorer', 'score', '--follow', ...scorerArguments),
      ...(options.sidecar ? [part('sidecar', 'sidecar')] : []),
      ...(wantsTriage(process.env) ? [part('triage', 'triage')] : []),
    ],
    firstPauseMs: FIRST_PAUSE_MS,
    longestPauseMs: LONGEST_PAUSE_MS,
    steadyAfterMs: STEADY_AFTER_MS,
    graceMs: GRACE_MS,
    hopeless: EXIT.usage,
    now: () => performance.now(),
    log: createLog(),
    signal: interruptSignal(),
  });
}
