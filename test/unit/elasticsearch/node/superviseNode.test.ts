import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../../src/config/packageRoot.js';
import { isAlive } from '../../../../src/elasticsearch/node/processes.js';
import { superviseNode } from '../../../../src/elasticsearch/node/superviseNode.js';
import type { RunOrder } from '../../../../src/elasticsearch/node/watchdogProtocol.js';
import { temporaryFolder, writeScript } from './temporaryFolder.js';

/* The node is stood in for by a shell script of two processes that writes down their ids. */

/** Makes a folder to guard and the order that runs the stand-in there. */
function prepare(script = ''): { folder: string; order: RunOrder; pids: () => number[] } {
  const root = temporaryFolder();
  const folder = join(root, 'run');
  mkdirSync(folder);
  writeScript(join(root, 'node'), `${script}\nsleep 600 &\necho $$ $! > ${root}/pids\nwait\nwait`);
  const order = {
    command: join(root, 'node'),
    env: { PATH: '/usr/bin:/bin' },
    cwd: folder,
    consoleLog: join(folder, 'log'),
    graceMs: 1_000,
  };
  const pids = () =>
    existsSync(join(root, 'pids'))
      ? readFileSync(join(root, 'pids'), 'utf8').trim().split(' ').map(Number)
      : [];
  return { folder, order, pids };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await sleep(50);
  expect(condition()).toBe(true);
}

const running = (pids: number[]) => pids.length === 2 && pids.every(isAlive);
const gone = (pids: number[]) => pids.length === 2 && !pids.some(isAlive);

describe('a supervised node', () => {
  it('is stopped with all its processes, and its folder removed', async () => {
    const { folder, order, pids } = prepare();
    const supervision = superviseNode(folder);
    supervision.run(order);
    await until(() => running(pids()));
    await supervision.stop();
    expect(gone(pids())).toBe(true);
    expect(existsSync(folder)).toBe(false);
    await supervision.stop();
  });

  it('is killed after the grace time when it does not listen', async () => {
    const { folder, order, pids } = prepare("trap '' TERM");
    const supervision = superviseNode(folder);
    supervision.run(order);
    await until(() => running(pids()));
    await supervision.stop();
    await until(() => gone(pids()));
    expect(existsSync(folder)).toBe(false);
  });

  it('goes with its program when that is killed with -9', async () => {
    const { folder, order, pids } = prepare();
    const module = packagePath('dist/elasticsearch/node/superviseNode.js');
    const program = `import { superviseNode } from ${JSON.stringify(module)};
      superviseNode(${JSON.stringify(folder)}).run(${JSON.stringify(order)});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    await until(() => running(pids()));
    child.kill('SIGKILL');
    await until(() => gone(pids()) && !existsSync(folder));
  });

  it('lets its program end, and ends then, once it was let go', async () => {
    const { folder, order, pids } = prepare();
    const module = packagePath('dist/elasticsearch/node/superviseNode.js');
    const program = `import { superviseNode } from ${JSON.stringify(module)};
      const supervision = superviseNode(${JSON.stringify(folder)});
      supervision.run(${JSON.stringify(order)});
      setTimeout(() => supervision.letGo(), 500);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    const code = new Promise((resolve) => child.on('exit', resolve));
    await until(() => running(pids()));
    expect(await code).toBe(0);
    await until(() => gone(pids()) && !existsSync(folder));
  });

  it('goes when its watchdog is killed with -9, and says why', async () => {
    const { folder, order, pids } = prepare('echo $PPID > ../watchdog');
    const supervision = superviseNode(folder);
    supervision.run(order);
    await until(() => running(pids()));
    process.kill(Number(readFileSync(join(folder, '..', 'watchdog'), 'utf8')), 'SIGKILL');
    expect(await supervision.ended).toBe('its watchdog was killed');
    await until(() => gone(pids()) && !existsSync(folder));
  });

  it('that ends by itself says how, and leaves its folder to be looked at until it is stopped', async () => {
    const { folder, order } = prepare('echo oh no; exit 3');
    const supervision = superviseNode(folder);
    supervision.run(order);
    expect(await supervision.ended).toBe('exit code 3');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('oh no\n');
    await supervision.stop();
    expect(existsSync(folder)).toBe(false);
  });

  it('that cannot be started says so', async () => {
    const { folder, order } = prepare();
    const supervision = superviseNode(folder);
    supervision.run({ ...order, command: join(folder, 'none') });
    expect(await supervision.ended).toContain('ENOENT');
    await supervision.stop();
  });
});
