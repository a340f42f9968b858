import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { NodeOptions } from '../../src/elasticsearch/node/startNode.js';

const IN_MEMORY = '/dev/shm';
/** A run that is short of memory is worse than one that waits for a disk: with less free than this it takes the disk. */
const FREE_BYTES = 4e9;

/**
 * Of the processor time of a node that lives for minutes a third went into compiling code once more (by hand: 72 of 187 s for a start
 * and 40 sites; with these 33 of 162): ten times the usual calls come first.
 */
const COMPILE_LATER = [
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
  '-XX:Tier4BackEdgeThreshold=400000',
];

/**
 * What the tests' nodes are started with. What goes with them they keep in memory, where there is room: half of a site's set-up
 * is spent in writing its streams to disk.
 */
export const testNode = (): NodeOptions & { readonly tempDir: string } => ({
  tempDir: isUsable() ? IN_MEMORY : tmpdir(),
  javaOptions: COMPILE_LATER,
});

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
