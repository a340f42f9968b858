import { chmodSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import { NodeError } from './nodeError.js';

/**
 * The folder that keeps the unpacked distribution between runs: OT_ANOMALY_CACHE, for root `/var/cache/ot-anomaly`
 * (root's home is closed to the user that Elasticsearch runs as), else `ot-anomaly` in the user's cache folder.
 */
export function cacheFolder(env: NodeJS.ProcessEnv, uid = process.getuid?.()): string {
  if (env['OT_ANOMALY_CACHE']) return env['OT_ANOMALY_CACHE'];
  if (uid === 0) return '/var/cache/ot-anomaly';
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ot-anomaly');
}

/** Makes the folder where it is missing. @throws NodeError folder_unusable */
export function makeCacheFolder(folder: string): void {
  try {
    const made = mkdirSync(folder, { recursive: true });
    // Whatever the umask: the unprivileged user reads the distribution from here.
    if (made !== undefined) chmodSync(folder, 0o755);
  } catch (cause) {
    throw new NodeError(
      'folder_unusable',
      `The cache folder ${folder} cannot be made: ${messageOf(cause)}.`,
      'Point OT_ANOMALY_CACHE at a folder that you may write to.',
      { cause },
    );
  }
}
