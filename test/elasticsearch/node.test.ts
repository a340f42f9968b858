import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { packagePath } from '../../src/config/packageRoot.js';
import { isAlive } from '../../src/elasticsearch/node/processes.js';
import { cluster, testElasticsearch } from './cluster.js';
import { composeScripts } from './composeScripts.js';

/** Two starts of a node on a machine that runs other tests too. */
const TWO_STARTS_MS = 400_000;

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: string;
  readonly credentialsFile: string;
  /** Leader of the group of Elasticsearch's processes. */
  readonly group: number;
  readonly exitCode: Promise<number | null>;
}

/** Runs what `npm run es` runs, until it says that it is up. */
async function serve(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [
    packagePath('dist/elasticsearch/node/main.js'),
    '--heap',
    '512',
    ...args,
  ]);
  const exitCode = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let output = '';
  let progress = '';
  child.stdout.on('data', (text) => {
    output += String(text);
  });
  child.stderr.on('data', (text) => {
    progress += String(text);
  });
  while (!output.includes('Ctrl-C')) {
    if (child.exitCode !== null) throw new Error(`npm run es ended:\n${progress}`);
    await sleep(100);
  }
  const url = /http:\S+/.exec(output)?.[0] ?? '';
  const credentialsFile = /in (\S+elastic\.env)/.exec(output)?.[1] ?? '';
  return { child, url, output, credentialsFile, group: groupUsing(dirname(credentialsFile)), exitCode };
}

/** The process group of the Java that was started with paths in `folder`. */
function groupUsing(folder: string): number {
  const processes = execFileSync('ps', ['-eo', 'pgid,args'], { encoding: 'utf8' }).split('\n');
  return Number.parseInt(processes.find((line) => line.includes(`${folder}/tmp`)) ?? '', 10);
}

function credentialsIn(credentialsFile: string) {
  const variable = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? '';
  const text = readFileSync(credentialsFile, 'utf8');
  return {
    url: variable('ES_URL'),
    username: variable('ES_USERNAME'),
    password: variable('ES_PASSWORD'),
  };
}

function clientFrom(credentialsFile: string): Client {
  const { url, ...auth } = credentialsIn(credentialsFile);
  return new Client({ node: url, auth });
}

async function until(condition: () => boolean, seconds: number): Promise<void> {
  for (let tries = 0; tries < seconds * 10 && !condition(); tries++) await sleep(100);
  expect(condition()).toBe(true);
}

describe('the node of the tests', () => {
  it.skipIf(process.env['ES_URL'])('is Elasticsearch 9.4.3', async () => {
    expect((await cluster().info()).version.number).toBe('9.4.3');
  });

  it('refuses an anonymous caller and a wrong password', async () => {
    const { url } = testElasticsearch();
    expect((await fetch(url)).status).toBe(401);
    const authorization = `Basic ${btoa('elastic:wrong')}`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(401);
  });
});

describe('npm run es', () => {
  const parent = mkdtempSync(join(tmpdir(), 'ot-anomaly-test-'));
  // Elasticsearch's user, if it is another, must be able to pass through.
  execFileSync('chmod', ['755', parent]);
  const data = join(parent, 'data');
  let second: Served;
  afterAll(() => {
    second?.child.kill();
    rmSync(parent, { recursive: true, force: true });
  });

  it(
    'keeps its password to itself, ends within seconds of a kill -9, and keeps the data',
    async () => {
      const first = await serve('--data-dir', data);
      onTestFinished(() => void first.child.kill());
      const password = /ES_PASSWORD=(.+)/.exec(readFileSync(first.credentialsFile, 'utf8'))?.[1] ?? '';
      expect(password.length).toBeGreaterThanOrEqual(32);
      expect(statSync(first.credentialsFile).mode & 0o777).toBe(0o600);
      expect(first.output).not.toContain(password);
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(password);
      await clientFrom(first.credentialsFile).index({
        index: 'kept',
        id: '1',
        document: { a: 1 },
        refresh: true,
      });
      first.child.kill('SIGKILL');
      await until(() => !isAlive(-first.group) && !existsSync(dirname(first.credentialsFile)), 10);

      second = await serve('--data-dir', data);
      const kept = await clientFrom(second.credentialsFile).get({ index: 'kept', id: '1' });
      expect(kept._source).toEqual({ a: 1 });
    },
    TWO_STARTS_MS,
  );

  composeScripts(() => credentialsIn(second.credentialsFile));

  it('refuses a port that is taken, and stops on Ctrl-C', async () => {
    await expect(serve('--port', new URL(second.url).port)).rejects.toThrow(/port \d+ of 127\.0\.0\.1/);
    second.child.kill('SIGINT');
    expect(await second.exitCode).toBe(0);
    expect(isAlive(-second.group)).toBe(false);
    expect(existsSync(dirname(second.credentialsFile))).toBe(false);
  });
});
