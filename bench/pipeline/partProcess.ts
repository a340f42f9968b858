import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { packagePath } from '../../src/config/packageRoot.js';

/** A part of the system as a site runs it, in a process of its own. */
export interface PartProcess {
  /** processor seconds so far, user and system; undefined where /proc doesn't tell */
  cpuSeconds(): number | undefined;
  /** resident memory now, in MB */
  residentMb(): number | undefined;
  stop(): Promise<void>;
}

/** Clock ticks a second, as Linux counts them in /proc on every common platform. */
const TICKS = 100;
const STOP_WITHIN_MS = 30_000;

/** Starts `ot-anomaly` and waits until it has said that it is ready. */
export async function startPart(options: {
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ready: RegExp;
}): Promise<PartProcess> {
  const child = spawn(process.execPath, [packagePath('dist/cli.js'), ...options.arguments], {
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000);
      if (options.ready.test(said)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    ended.then(([code]) => reject(new Error(`${options.arguments[0]} ended with ${code}: ${said}`)));
  });
  return {
    cpuSeconds: () => {
      const fields = procFile(child.pid, 'stat')?.split(') ')[1]?.split(' ');
      return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    residentMb: () => {
      const kb = /^VmRSS:\s+(\d+)/m.exec(procFile(child.pid, 'status') ?? '')?.[1];
      return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
    },
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function procFile(pid: number | undefined, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
