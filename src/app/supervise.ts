import { type ChildProcess, spawn } from 'node:child_process';
import type { Logger } from 'pino';
import { pause } from './pause.js';

/** A process that is to stay up. */
export interface SupervisedPart {
  readonly name: string;
  /** program and arguments */
  readonly command: readonly [string, ...string[]];
  /** all of its environment: nothing is inherited */
  readonly env: Readonly<Record<string, string>>;
}

export interface SuperviseOptions {
  readonly parts: readonly SupervisedPart[];
  /** the pause before the first start again; each further one is twice as long */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** a part that ran for so long begins with the first pause again */
  readonly steadyAfterMs: number;
  /** how long parts may take to stop in order; then they are killed */
  readonly graceMs: number;
  /** exit code of a part that no start again can mend: all others are stopped then */
  readonly hopeless: number;
  readonly now: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Keeps processes up until the signal aborts: starts again whatever ends, with growing pauses, and passes the stop on
 * as SIGTERM. What parts print goes where this process prints.
 *
 * @returns exit code: 0 when all stopped in order, `hopeless` when a part ended with that, 1 when one did not stop in order
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const gaveUp = new AbortController();
  const signal = AbortSignal.any([options.signal, gaveUp.signal]);
  const codes = await Promise.all(
    options.parts.map(async (part) => {
      const code = await keepUp(part, { ...options, signal });
      if (code === options.hopeless) gaveUp.abort();
      return code;
    }),
  );
  if (codes.includes(options.hopeless)) return options.hopeless;
  return codes.every((code) => code === 0) ? 0 : 1;
}

async function keepUp(part: SupervisedPart, options: SuperviseOptions): Promise<number | null> {
  const { firstPauseMs, longestPauseMs, steadyAfterMs, hopeless, now, log, signal } = options;
  let wait = firstPauseMs;
  let code: number | null = 0;
  while (!signal.aborted) {
    const began = now();
    code = await runOnce(part, options);
    if (signal.aborted) return code;
    if (code === hopeless) {
      log.error({ part: part.name, code }, `${part.name} was started wrongly; stopping the others too`);
      return code;
    }
    if (now() - began >= steadyAfterMs) wait = firstPauseMs;
    log.warn({ part: part.name, code, wait_ms: wait }, `${part.name} ended; starting it again`);
    await pause(wait, signal);
    wait = Math.min(longestPauseMs, 2 * wait);
  }
  return 0; // it was not up when the stop came
}

/** @returns its exit code; null when a signal ended it, or it could not be started */
function runOnce({ name, command, env }: SupervisedPart, options: SuperviseOptions): Promise<number | null> {
  const { graceMs, log, signal } = options;
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    log.info({ part: name, pid: child.pid }, `${name} started`);
    let killing: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killing = setTimeout(() => kill(name, child, log), graceMs);
    };
    const end = (code: number | null) => {
      clearTimeout(killing);
      signal.removeEventListener('abort', stop);
      resolve(code);
    };
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => {
      log.error({ part: name, err: error }, `${name} could not be started`);
      end(null);
    });
    child.once('exit', end);
  });
}

function kill(name: string, child: ChildProcess, log: Logger): void {
  log.error({ part: name }, `${name} did not stop in time; killing it`);
  child.kill('SIGKILL');
}
