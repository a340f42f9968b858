import { execFile } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../errors.js';
import type { Archive } from './archive.js';
import { findProgram } from './findProgram.js';
import { NodeError } from './nodeError.js';

/** Zip entries carry no permissions here: these are the scripts that must be runnable. */
const EXECUTABLES = ['bin/elasticsearch', 'bin/elasticsearch-cli'];

/** @throws NodeError unzip_missing */
export function requireUnzip(env: NodeJS.ProcessEnv): string {
  const unzip = findProgram('unzip', env);
  if (unzip !== undefined) return unzip;
  throw new NodeError(
    'unzip_missing',
    'Elasticsearch is unpacked with `unzip`, which is not on PATH.',
    'Install it (package `unzip`), or point ES_HOME at an Elasticsearch 9.4 on disk.',
  );
}

/**
 * Unpacks Elasticsearch alone out of the archive (200 of its 947 MB) into the fresh folder `into`, lays its start
 * script where it belongs, and lets everyone read and nobody but the owner write. Returns the distribution's folder.
 *
 * @throws NodeError unzip_missing, archive_invalid
 */
export async function unpackArchive(
  zip: string,
  into: string,
  { root }: Archive,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const unzip = requireUnzip(env);
  mkdirSync(into);
  const wanted = [`${root}/elasticsearch/*`, `${root}/bin/elasticsearch`];
  try {
    await promisify(execFile)(unzip, ['-q', zip, ...wanted, '-d', into]);
    const home = join(into, root, 'elasticsearch');
    renameSync(join(into, root, 'bin', 'elasticsearch'), join(home, 'bin', 'elasticsearch'));
    openForReading(home);
    for (const executable of EXECUTABLES) chmodSync(join(home, executable), 0o755);
    return home;
  } catch (cause) {
    throw new NodeError(
      'archive_invalid',
      `${zip} could not be unpacked to ${into}: ${messageOf(cause)}`,
      'Check that the disk has room; if it has, delete the archive and run this again, which downloads it anew.',
      { cause },
    );
  }
}

function openForReading(path: string): void {
  const folder = lstatSync(path).isDirectory();
  chmodSync(path, folder ? 0o755 : 0o644);
  if (folder) for (const name of readdirSync(path)) openForReading(join(path, name));
}
