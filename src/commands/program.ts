import { Command, CommanderError } from 'commander';
import { packageVersion } from '../config/packageRoot.js';
import { OtAnomalyError } from '../errors.js';
import { COMMANDS } from './commands.js';
import { closeRegistries, openRegistry } from './registry.js';

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** @param names the commands that it has, with their options; all, if none are named */
export async function buildProgram(names: readonly string[] = Object.keys(COMMANDS)): Promise<Command> {
  const program = new Command('ot-anomaly')
    .description('Watch industrial network traffic that Zeek logged into Elasticsearch.')
    .version(packageVersion())
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride();
  for (const name of names) (await COMMANDS[name]?.())?.(program);
  program.hook('preAction', (_program, command) => openRegistry(command));
  return program;
}

/** Parses the arguments, runs one command and returns the process's exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    const [, , name = ''] = argv;
    const program = await buildProgram(Object.hasOwn(COMMANDS, name) ? [name] : undefined);
    await program.parseAsync([...argv]);
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
