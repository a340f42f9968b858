import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { packagePath } from '../../config/packageRoot.js';
import { NodeError } from './nodeError.js';
import { signal } from './processes.js';
import type { Order, Report, RunOrder } from './watchdogProtocol.js';

/** The program's side of the watchdog. */
export interface Supervision {
  run(order: RunOrder): void;
  /** Why the node ended, once it has: by itself, or because it was stopped. */
  readonly ended: Promise<string>;
  /** Stops the node, waits until its processes are gone and the guarded folder is removed. May be called again. */
  stop(): Promise<void>;
  /** From now on a program with nothing else to do may end, which stops the node. */
  letGo(): void;
}

/**
 * Starts a watchdog that outlives this process by as long as it takes to stop the node and to remove `folder`.
 *
 * @throws NodeError not_built when run from the sources and the compiled watchdog is missing.
 */
export function superviseNode(folder: string): Supervision {
  const child = spawn(process.execPath, [watchdogScript()], {
    detached: true,
    env: {},
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const order = (order: Order) => child.stdin.write(`${JSON.stringify(order)}\n`);
  let group: number | undefined;
  let stopping = false;
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const ended = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if (report.kind === 'running') group = report.pid;
      else resolve(report.reason);
    });
    child.on('error', (error) => resolve(`its watchdog did not start: ${error.message}`));
    child.on('close', () => {
      // Somebody killed the watchdog: its work falls to us.
      if (!stopping && group !== undefined) signal(-group, 'SIGKILL');
      if (!stopping) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      resolve(stopping ? 'stopped' : 'its watchdog was killed');
    });
  });
  child.stdin.on('error', () => undefined);
  order({ kind: 'guard', folder });
  return {
    run: (run) => void order({ kind: 'run', run }),
    ended,
    stop: () => {
      stopping = true;
      child.ref();
      child.stdin.end();
      return closed;
    },
    letGo: () => {
      child.unref();
      for (const stream of [child.stdin, child.stdout])
        if ('unref' in stream) (stream as { unref(): void }).unref();
    },
  };
}

function watchdogScript(): string {
  const script = import.meta.url.endsWith('.ts')
    ? packagePath('dist/elasticsearch/node/watchdog.js')
    : fileURLToPath(new URL('watchdog.js', import.meta.url));
  if (existsSync(script)) return script;
  throw new NodeError('not_built', `${script} is missing.`, 'Run `npm run build` first.');
}
