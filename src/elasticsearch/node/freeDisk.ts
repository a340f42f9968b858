import { statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NodeError } from './nodeError.js';

const GB = 1e9;

/** Bytes that the present user may still write on the file system of `path`, which need not exist yet. */
export function freeBytes(path: string): number {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize;
    } catch (error) {
      if (at === dirname(at)) throw error;
    }
  }
}

/** @throws NodeError disk_full when less than `bytes` is free where `path` is or will be. */
export function requireFreeDisk(path: string, bytes: number, why: string, free = freeBytes(path)): void {
  if (free >= bytes) return;
  throw new NodeError(
    'disk_full',
    `${why} needs ${(bytes / GB).toFixed(1)} GB free at ${path}, which has ${(free / GB).toFixed(1)} GB.`,
    'Free some space, or choose another disk with OT_ANOMALY_CACHE (distribution) or TMPDIR (data of a run).',
  );
}
