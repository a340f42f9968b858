import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { NodeOptions } from '../../src/elasticsearch/node/startNode.js';

const IN_MEMORY = '/dev/shm';
/** What a run of all tests leaves on a node is 1.5 GB. */
const FREE_BYTES = 4e9;

/** A third of the processor time of a node that lives for minutes goes into compiling code once more: ten times the usual calls first. */
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
