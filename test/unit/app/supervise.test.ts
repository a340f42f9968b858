import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type SupervisedPart, supervise } from '../../../src/app/supervise.js';

/** A process that runs a piece of JavaScript. */
const part = (name: string, script: string): SupervisedPart => ({
  name,
  command: [process.execPath, '-e', script],
  env: {},
});
const STAYS = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)";

/** Supervises until what is logged holds `until` so many times, then stops it. */
async function run(
  parts: readonly SupervisedPart[],
  until: { readonly said: string; readonly times: number },
  times = { firstPauseMs: 20, longestPauseMs: 60, steadyAfterMs: 60_000, graceMs: 5_000 },
) {
  const lines: { readonly msg: string; readonly wait_ms?: number }[] = [];
  const stop = new AbortController();
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const supervised = supervise({
    ...times,
    parts,
    hopeless: 2,
    now: () => performance.now(),
    log,
    signal: stop.signal,
  });
  const ended = supervised.then(() => true);
  while (lines.filter(({ msg }) => msg.includes(until.said)).length < until.times)
    if ((await Promise.race([ended, sleep(10)])) === true) break;
  await sleep(300); // a process that was only just started has no handler of signals yet
  stop.abort();
  return { code: await supervised, lines };
}

describe('a supervisor', () => {
  it('stops its parts in order and ends with 0', async () => {
    const { code } = await run([part('a', STAYS), part('b', STAYS)], { said: 'started', times: 2 });
    expect(code).toBe(0);
  });

  it('starts again what ends, whatever its exit code, with pauses that grow up to a limit', async () => {
    const { lines } = await run([part('a', 'process.exit(0)')], { said: 'starting it again', times: 4 });
    const waits = lines.flatMap(({ wait_ms }) => wait_ms ?? []);
    expect(waits.slice(0, 4)).toEqual([20, 40, 60, 60]);
  });

  it('begins with the first pause again after a part ran steadily', async () => {
    const { lines } = await run(
      [part('a', 'process.exit(1)')],
      { said: 'starting it again', times: 3 },
      { firstPauseMs: 20, longestPauseMs: 60, steadyAfterMs: 0, graceMs: 5_000 },
    );
    expect(lines.flatMap(({ wait_ms }) => wait_ms ?? []).slice(0, 3)).toEqual([20, 20, 20]);
  });

  it('stops the others and ends with 2 when a part was started wrongly', async () => {
    const { code } = await run([part('a', STAYS), part('b', 'setTimeout(() => process.exit(2), 300)')], {
      said: 'started wrongly',
      times: 1,
    });
    expect(code).toBe(2);
  });

  it('kills what does not stop, and ends with 1', async () => {
    const { code, lines } = await run(
      [part('a', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)")],
      { said: 'started', times: 1 },
      { firstPauseMs: 20, longestPauseMs: 60, steadyAfterMs: 60_000, graceMs: 200 },
    );
    expect(code).toBe(1);
    expect(lines.map(({ msg }) => msg).join('\n')).toContain('killing it');
  });

  it('tells of a program that is not there and tries again', async () => {
    const missing: SupervisedPart = { name: 'a', command: ['/nonexistent'], env: {} };
    const { lines } = await run([missing], { said: 'starting it again', times: 2 });
    expect(lines.map(({ msg }) => msg).join('\n')).toContain('could not be started');
  });
});
