import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deadline } from '../../../src/app/triage/deadline.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const aborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) =>
    signal.addEventListener('abort', () => resolve((signal.reason as Error).name), { once: true }),
  );

describe('a deadline', () => {
  it('comes though garbage is collected before it', async () => {
    const outer = new AbortController();
    const comes = aborted(deadline(50, outer.signal).signal);
    collectGarbage();
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('never came'), 5_000).unref());
    expect(await Promise.race([comes, late])).toBe('TimeoutError');
  });

  it('comes early with the outer signal, and at once if that has aborted', async () => {
    const outer = new AbortController();
    const { signal } = deadline(60_000, outer.signal);
    outer.abort(new Error('stopping'));
    expect(signal.aborted).toBe(true);
    expect((signal.reason as Error).message).toBe('stopping');
    expect(deadline(60_000, outer.signal).signal.aborted).toBe(true);
  });

  it('does not come once cleared', async () => {
    const { signal, clear } = deadline(10, new AbortController().signal);
    clear();
    await new Promise((later) => setTimeout(later, 30));
    expect(signal.aborted).toBe(false);
  });
});
