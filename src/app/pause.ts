import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or until the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => {}); // woken by the signal
}
