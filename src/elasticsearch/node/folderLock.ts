import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.js';
import { type OnProgress, PROGRESS_EVERY_MS, stopwatch } from './progress.js';

/** Milliseconds after which a lock file that was just made has its process written into it. */
const JUST_MADE_MS = 200;

/**
 * Runs `work` while holding the lock file, so that of several callers one downloads and the others wait.
 * A lock whose process is gone is taken over. It only saves work: what it guards is moved into place atomically,
 * and would stay right without it.
 */
export async function withLock<T>(file: string, onProgress: OnProgress, work: () => Promise<T>): Promise<T> {
  const elapsed = stopwatch();
  while (!take(file)) {
    if (holderOf(file) === undefined) await sleep(JUST_MADE_MS);
    const holder = holderOf(file);
    if (holder === undefined || !isAlive(holder)) rmSync(file, { force: true });
    else {
      onProgress(`Waiting for process ${holder}, which is getting Elasticsearch: ${elapsed()}`);
      await sleep(PROGRESS_EVERY_MS);
    }
  }
  try {
    return await work();
  } finally {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The process in the lock file; undefined if there is none, or the file is gone or has just been made. */
function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
