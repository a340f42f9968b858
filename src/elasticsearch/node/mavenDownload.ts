import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Archive } from './archive.js';
import { findProgram } from './findProgram.js';
import { requireFreeDisk } from './freeDisk.js';
import { NodeError } from './nodeError.js';
import { megabytes, type OnProgress, PROGRESS_EVERY_MS, stopwatch } from './progress.js';

/** Free space that the zip itself takes in the local Maven repository. */
const REPOSITORY_BYTES = 1e9;

/** @throws NodeError maven_missing */
export function requireMaven(env: NodeJS.ProcessEnv): string {
  const mvn = findProgram('mvn', env);
  if (mvn !== undefined) return mvn;
  throw new NodeError(
    'maven_missing',
    'Elasticsearch is downloaded from Maven Central with `mvn`, which is not on PATH.',
    'Install Maven (package `maven`), or point ES_HOME at an Elasticsearch 9.4 on disk, or ES_URL at a running one.',
  );
}

/**
 * Has Maven fetch the archive into its local repository, where it stays and is found again, and returns its path.
 * Maven knows the user's mirrors and proxies and checks the checksum that the repository publishes (`-C`).
 *
 * @throws NodeError maven_missing, disk_full, download_failed
 */
export async function mavenDownload(
  archive: Archive,
  env: NodeJS.ProcessEnv,
  onProgress: OnProgress,
): Promise<string> {
  const mvn = requireMaven(env);
  let zip = join(homedir(), '.m2', 'repository', archive.repositoryPath);
  if (sizeOfDownload(zip) === 0) requireFreeDisk(zip, REPOSITORY_BYTES, 'The download');
  const elapsed = stopwatch();
  onProgress(`Asking Maven for ${archive.artifact} (${megabytes(archive.bytes)})`);
  const started = sizeOfDownload(zip);
  const timer = setInterval(() => {
    const size = sizeOfDownload(zip);
    if (size !== started) onProgress(`Downloading: ${megabytes(size, archive.bytes)}, ${elapsed()}`);
    else onProgress(`Waiting for Maven: ${elapsed()}`);
  }, PROGRESS_EVERY_MS);
  try {
    await run(mvn, archive, env, (path) => {
      zip = join(path, archive.repositoryPath);
    });
  } finally {
    clearInterval(timer);
  }
  onProgress(`Maven has the archive after ${elapsed()}`);
  return zip;
}

function run(
  mvn: string,
  archive: Archive,
  env: NodeJS.ProcessEnv,
  onRepository: (path: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // -X, because only the debug output says where the local repository is.
    const args = ['-B', '-C', '-X', 'dependency:get', `-Dartifact=${archive.artifact}`, '-Dtransitive=false'];
    const child = spawn(mvn, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const errors: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const repository = /Using local repository at (.+)$/.exec(line)?.[1];
      if (repository !== undefined) onRepository(repository.trim());
      if (line.startsWith('[ERROR]') && errors.length < 5) errors.push(line.slice('[ERROR]'.length).trim());
    });
    child.on('error', (cause) => reject(failed(archive, cause.message, cause)));
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(failed(archive, `mvn ended with ${code}. ${errors.filter(Boolean).join(' ')}`)),
    );
  });
}

function failed(archive: Archive, reason: string, cause?: unknown): NodeError {
  return new NodeError(
    'download_failed',
    `Maven could not download ${archive.artifact}: ${reason}`,
    'Check the network and the mirror or proxy in ~/.m2/settings.xml, then run this again.',
    { cause },
  );
}

/** Bytes of the zip so far: Maven writes to a file beside it whose name begins with the same letters. */
function sizeOfDownload(zip: string): number {
  try {
    const sizes = readdirSync(dirname(zip))
      .filter((name) => name.startsWith(basename(zip)))
      .map((name) => statSync(join(dirname(zip), name)).size);
    return Math.max(0, ...sizes);
  } catch {
    return 0;
  }
}
