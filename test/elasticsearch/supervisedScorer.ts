import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { packagePath } from '../../src/config/packageRoot.js';

const PAUSE_BEFORE_RESTART_MS = 200;
const SAMPLE_MS = 1_000;

/** Resident memory of a process at a time. */
export interface Sample {
  readonly pid: number;
  /** milliseconds since the epoch */
  readonly at: number;
  readonly mb: number;
}

/** `ot-anomaly score --follow` in a process of its own, started again whenever it ends. */
export interface SupervisedScorer {
  kill(signal: NodeJS.Signals): void;
  /** how often it was started again */
  readonly restarts: number;
  readonly samples: readonly Sample[];
  /** what it wrote to its log in all its lives */
  log(): string;
  /** Waits until it has taken up its work, in whichever of its lives. */
  atWork(): Promise<void>;
  /** Ends it in order. @returns its exit code */
  stop(): Promise<number | null>;
}

export function superviseScorer(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): SupervisedScorer {
  const samples: Sample[] = [];
  let [said, life] = ['', ''];
  let restarts = 0;
  let stopping = false;
  let child: ChildProcess;
  let ended: Promise<number | null>;
  const start = () => {
    child = spawn(process.execPath, [packagePath('dist/cli.js'), 'score', '--follow', ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    life = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
      life += chunk;
    });
    ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    void ended.then(async () => {
      if (stopping) return;
      await sleep(PAUSE_BEFORE_RESTART_MS);
      if (stopping) return;
      restarts += 1;
      start();
    });
  };
  start();
  const sampling = setInterval(() => {
    const mb = residentMb(child.pid);
    if (mb !== undefined) samples.push({ pid: child.pid ?? 0, at: Date.now(), mb });
  }, SAMPLE_MS);
  return {
    kill: (signal) => void child.kill(signal),
    get restarts() {
      return restarts;
    },
    samples,
    log: () => said,
    atWork: async () => {
      while (!/scorer (started|resumed)/.test(life)) await sleep(50);
    },
    stop: async () => {
      stopping = true;
      clearInterval(sampling);
      await sleep(2 * PAUSE_BEFORE_RESTART_MS); // one that is being started is there then
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** @returns undefined where the process is gone, or this is no Linux */
function residentMb(pid: number | undefined): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}
