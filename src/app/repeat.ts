import { setTimeout as sleep } from 'node:timers/promises';

/** Does `act` now and again so many milliseconds after each end of it, until the signal. What it throws ends it. */
export async function repeat(everyMs: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await act();
    await sleep(everyMs, undefined, { signal }).catch(() => {}); // woken by the signal
  }
}
