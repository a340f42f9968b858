import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/packageRoot.js';

const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `ot-anomaly run`; `stopAt` in what it says makes it get SIGTERM. */
function run(args: readonly string[], env: Readonly<Record<string, string>>, stopAt?: RegExp) {
  return new Promise<{ readonly code: number | null; readonly said: string }>((resolve) => {
    const child = spawn(process.execPath, [packagePath('dist/cli.js'), 'run', ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let [said, stopped] = ['', false];
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
      if (stopped || stopAt?.test(said) !== true) return;
      stopped = true;
      child.kill('SIGTERM');
    });
    child.once('close', (code) => resolve({ code, said }));
  });
}

describe('ot-anomaly run', () => {
  it('ends with 2 where the arguments of the scorer are wrong', async () => {
    const { code, said } = await run(['--no-sidecar', '--', '--nonsense'], {});
    expect(said).toContain("unknown option '--nonsense'");
    expect(code).toBe(2);
  });

  it('keeps up what it can while another part fails, and stops in order', async () => {
    const env = { ES_URL: 'http://127.0.0.1:9', OT_ANOMALY_SIDECAR_PORT: '0' };
    const { code, said } = await run([], env, /scorer ended.*server listens|server listens.*scorer ended/s);
    expect(said).toMatch(/scorer ended; starting it again/); // there is no model
    expect(said).not.toMatch(/sidecar ended/);
    expect(code).toBe(0);
  });
});
