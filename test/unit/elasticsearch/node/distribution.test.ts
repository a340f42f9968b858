import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ARCHIVE, type Archive } from '../../../../src/elasticsearch/node/archive.js';
import { cacheFolder } from '../../../../src/elasticsearch/node/cacheFolder.js';
import { findDistribution } from '../../../../src/elasticsearch/node/distribution.js';
import { temporaryFolder, writeScript } from './temporaryFolder.js';

/*
 * Maven and unzip are stood in for by scripts on PATH: the first writes a small file where the zip belongs and
 * counts its calls, the second lays out what the real archive holds.
 */
const CONTENT = 'a small archive';
const archive: Archive = { ...ARCHIVE, sha256: createHash('sha256').update(CONTENT).digest('hex') };
const zipInRepository = ARCHIVE.repositoryPath;

let root: string;
let env: NodeJS.ProcessEnv;
const find = () => findDistribution(env, () => undefined, archive);

function fakeMaven(body: string): void {
  writeScript(join(root, 'bin', 'mvn'), `echo called >> ${root}/mvn-calls\n${body}`);
}

function fakeUnzip(): void {
  const top = `"$into/${ARCHIVE.root}"`;
  writeScript(
    join(root, 'bin', 'unzip'),
    `for into; do :; done
mkdir -p ${top}/bin ${top}/elasticsearch/bin ${top}/elasticsearch/lib ${top}/elasticsearch/modules/x ${top}/elasticsearch/config
echo start > ${top}/bin/elasticsearch
echo cli > ${top}/elasticsearch/bin/elasticsearch-cli
echo jar > ${top}/elasticsearch/lib/elasticsearch-9.4.3.jar
echo log > ${top}/elasticsearch/config/log4j2.properties
chmod -R go-rwx ${top}`,
  );
}

const downloading = () => `echo "[DEBUG] Using local repository at ${root}/m2"
sleep 0.3
mkdir -p "$(dirname ${root}/m2/${zipInRepository})"
printf '%s' '${CONTENT}' > ${root}/m2/${zipInRepository}`;

beforeEach(() => {
  root = temporaryFolder();
  env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, OT_ANOMALY_CACHE: join(root, 'cache') };
  fakeMaven(downloading());
  fakeUnzip();
});

const mavenCalls = () => readFileSync(join(root, 'mvn-calls'), 'utf8').trim().split('\n').length;

describe('findDistribution', () => {
  it('downloads and unpacks once, readable by everybody, and takes it from the cache afterwards', async () => {
    const first = await find();
    expect(first).toEqual({ home: join(root, 'cache', ARCHIVE.cacheName), version: '9.4.3', modules: ['x'] });
    const mode = (path: string) => statSync(join(first.home, path)).mode & 0o777;
    expect([mode('bin/elasticsearch'), mode('bin/elasticsearch-cli'), mode('modules/x')]).toEqual([
      0o755, 0o755, 0o755,
    ]);
    expect(mode('config/log4j2.properties')).toBe(0o644);
    expect(await find()).toEqual(first);
    expect(mavenCalls()).toBe(1);
    expect(readdirSync(join(root, 'cache'))).toEqual([ARCHIVE.cacheName]);
  });

  it('lets callers at the same time share one download', async () => {
    const lines: string[] = [];
    const all = await Promise.all(
      [1, 2, 3].map(() => findDistribution(env, (line) => lines.push(line), archive)),
    );
    expect(new Set(all.map(({ home }) => home)).size).toBe(1);
    expect(mavenCalls()).toBe(1);
    expect(lines.filter((line) => line.startsWith('Waiting for process')).length).toBeGreaterThanOrEqual(2);
  });

  it('takes over the lock and clears the leavings of a process that is gone', async () => {
    const gone = 2 ** 22 + 1; // above the largest pid_max of Linux
    mkdirSync(join(root, 'cache', `.unpack-${gone}-abc`), { recursive: true });
    writeFileSync(join(root, 'cache', '.lock'), `${gone}\n`);
    await find();
    expect(readdirSync(join(root, 'cache'))).toEqual([ARCHIVE.cacheName]);
  });

  it('refuses an archive whose digest differs, names the file, and leaves nothing half-done', async () => {
    fakeMaven(downloading().replace(CONTENT, 'another archive'));
    await expect(find()).rejects.toMatchObject({
      code: 'archive_invalid',
      message: expect.stringContaining(join(root, 'm2', zipInRepository)),
    });
    expect(readdirSync(join(root, 'cache'))).toEqual([]);
  });

  it('says what Maven said when the download fails', async () => {
    fakeMaven('echo "[INFO] fine"; echo "[ERROR] Could not transfer artifact: connection refused"; exit 1');
    await expect(find()).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('mvn ended with 1. Could not transfer artifact: connection refused'),
    });
  });

  it.each(['mvn', 'unzip'])('says that %s is missing before it downloads anything', async (program) => {
    const only = join(root, 'only');
    writeScript(join(only, program === 'mvn' ? 'unzip' : 'mvn'), 'exit 1');
    env = { ...env, PATH: only };
    await expect(find()).rejects.toMatchObject({
      code: program === 'mvn' ? 'maven_missing' : 'unzip_missing',
      message: expect.stringContaining(`\`${program}\``),
    });
    expect(existsSync(join(root, 'mvn-calls'))).toBe(false);
  });

  it('takes ES_HOME where it is set, and refuses one that is no Elasticsearch', async () => {
    const { home } = await find();
    env = { ES_HOME: home };
    expect((await find()).home).toBe(home);
    env = { ES_HOME: root };
    await expect(find()).rejects.toMatchObject({ code: 'distribution_invalid' });
  });
});

describe('the cache folder', () => {
  it('is OT_ANOMALY_CACHE, else one that the unprivileged user can reach for root, else the user’s own', () => {
    expect(cacheFolder({ OT_ANOMALY_CACHE: '/x' }, 0)).toBe('/x');
    expect(cacheFolder({ HOME: '/root' }, 0)).toBe('/var/cache/ot-anomaly');
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 1000)).toBe('/c/ot-anomaly');
    expect(cacheFolder({}, 1000)).toMatch(/\/\.cache\/ot-anomaly$/);
  });
});
