import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ARCHIVE, type Archive } from './archive.js';
import { cacheFolder, makeCacheFolder } from './cacheFolder.js';
import { withLock } from './folderLock.js';
import { requireFreeDisk } from './freeDisk.js';
import { mavenDownload, requireMaven } from './mavenDownload.js';
import { NodeError } from './nodeError.js';
import { isAlive } from './processes.js';
import { type OnProgress, stopwatch } from './progress.js';
import { requireUnzip, unpackArchive } from './unpackArchive.js';
import { verifyArchive } from './verifyArchive.js';

/** Free space asked for before the download: the zip, once more as Maven's partial file, and what is unpacked. */
const REQUIRED_BYTES = 2.5e9;

/** An Elasticsearch on disk, read-only to the node that runs from it. */
export interface Distribution {
  readonly home: string;
  /** Such as `9.4.3`. */
  readonly version: string;
  /** Names of its modules, on which the allowed settings depend. */
  readonly modules: readonly string[];
}

/**
 * ES_HOME, else what an earlier run left in the cache, else a download.
 *
 * @throws NodeError distribution_invalid, maven_missing, unzip_missing, disk_full, download_failed, archive_invalid,
 *   folder_unusable
 */
export async function findDistribution(
  env: NodeJS.ProcessEnv,
  onProgress: OnProgress,
  archive: Archive = ARCHIVE,
): Promise<Distribution> {
  if (env['ES_HOME'])
    return open(resolve(env['ES_HOME']), 'Point ES_HOME at the folder that holds bin/ and modules/.');
  const cache = cacheFolder(env);
  const home = join(cache, archive.cacheName);
  if (!existsSync(home)) {
    requireMaven(env);
    requireUnzip(env);
    makeCacheFolder(cache);
    await withLock(join(cache, '.lock'), onProgress, async () => {
      if (!existsSync(home)) await download(archive, cache, env, onProgress);
    });
  }
  return open(home, `Delete ${home} and run this again.`);
}

async function download(archive: Archive, cache: string, env: NodeJS.ProcessEnv, onProgress: OnProgress) {
  const home = join(cache, archive.cacheName);
  removeLeftovers(cache);
  requireFreeDisk(cache, REQUIRED_BYTES, 'The download of Elasticsearch');
  const zip = await mavenDownload(archive, env, onProgress);
  const elapsed = stopwatch();
  onProgress(`Checking and unpacking Elasticsearch ${archive.elasticsearchVersion} into ${home}`);
  await verifyArchive(zip, archive);
  const folder = join(cache, `.unpack-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    moveIntoPlace(await unpackArchive(zip, folder, archive, env), home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  onProgress(`Checked and unpacked in ${elapsed()}`);
}

/** A rename is all or nothing; if somebody else was faster, theirs is as good. */
function moveIntoPlace(unpacked: string, home: string): void {
  try {
    renameSync(unpacked, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

/** Folders of processes that were killed while unpacking. */
function removeLeftovers(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = Number(/^\.unpack-(\d+)-/.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function open(home: string, advice: string): Distribution {
  for (const needed of [
    'bin/elasticsearch',
    'bin/elasticsearch-cli',
    'modules',
    'config/log4j2.properties',
  ]) {
    if (existsSync(join(home, needed))) continue;
    throw new NodeError('distribution_invalid', `${home} is no Elasticsearch: it has no ${needed}.`, advice);
  }
  return { home, version: versionOf(home), modules: readdirSync(join(home, 'modules')) };
}

/** From the name of the server's library, `elasticsearch-9.4.3.jar`. */
function versionOf(home: string): string {
  const names = readdirSync(join(home, 'lib')).map(
    (name) => /^elasticsearch-(\d[^-]*)\.jar$/.exec(name)?.[1],
  );
  return names.find((version) => version !== undefined) ?? 'unknown';
}
