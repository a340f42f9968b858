import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const IN_MEMORY = '/dev/shm';
/** What a run of all tests leaves on a node is 1.5 GB. */
const FREE_BYTES = 4e9;

/**
 * Where the tests' nodes keep what goes with them: in memory, where there is room, since a site's streams are written to
 * disk for half of its set-up; else where temporary files go.
 */
export function memoryFolder(): string {
  return isUsable() ? IN_MEMORY : tmpdir();
}

/** Elasticsearch runs code of its own from its temporary folder: some systems forbid that there. */
function isUsable(): boolean {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, folder]) => folder === IN_MEMORY);
    const [, , type = '', options = ''] = mount ?? [];
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return type === 'tmpfs' && !options.split(',').includes('noexec') && bavail * bsize > FREE_BYTES;
  } catch {
    return false; // no Linux
  }
}
