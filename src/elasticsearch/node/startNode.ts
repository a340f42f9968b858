import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { awaitReady } from './awaitReady.js';
import { type Distribution, findDistribution } from './distribution.js';
import { findJava } from './findJava.js';
import { requireFreeDisk } from './freeDisk.js';
import { requireFreePort } from './freePort.js';
import { makeKeystore } from './keystore.js';
import { NodeError } from './nodeError.js';
import { type OnProgress, stopwatch } from './progress.js';
import { makeRunFolder, planRunFolder, type RunFolder } from './runFolder.js';
import { type RunUser, reachableBy, runUser } from './runUser.js';
import { heapOptions } from './settings.js';
import { superviseNode } from './superviseNode.js';

/** Megabytes of heap by default: the demo's 31 days and the tests fit into it with room to spare. */
const DEFAULT_HEAP_MB = 1024;
/** Free space asked for where a run keeps its data. */
const RUN_BYTES = 1e9;
/** Milliseconds a node may take to end: 2.5 s were measured; one whose data stays gets time to flush. */
const GRACE_MS = { temporary: 8_000, kept: 30_000 } as const;

export interface NodeOptions {
  /** Heap in megabytes. The process takes about 350 MB more. */
  readonly heapMb?: number;
  /** Where the data stays; without it, in a temporary folder that is removed when the node stops. */
  readonly dataDir?: string;
  /** The folder in which its temporary one is made; the system's own for such by default. */
  readonly tempDir?: string;
  /** Options of its Java beside the heap's. */
  readonly javaOptions?: readonly string[];
  /** HTTP port on the loopback interface; 0 or none for a free one. */
  readonly port?: number;
  readonly onProgress?: OnProgress;
  /** Environment to look for Java, Maven and ES_HOME in; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A secured Elasticsearch of one node. It stops with this process, however that ends. */
export interface RunningNode {
  /** Such as `http://127.0.0.1:43817`. */
  readonly url: string;
  readonly username: 'elastic';
  readonly password: string;
  /** Its temporary folder, with logs/console.log; removed when it stops. Root's or the present user's alone. */
  readonly folder: string;
  /** Fulfilled with the reason when the node has ended, by itself or by `stop`. */
  readonly ended: Promise<string>;
  /** Stops it and removes all that it wrote, but for a `dataDir`. */
  stop(): Promise<void>;
}

/**
 * Starts Elasticsearch 9.4.3 with security on, downloading it first where needed (see distribution.ts).
 *
 * @throws NodeError with one of its codes
 */
export async function startNode(options: NodeOptions = {}): Promise<RunningNode> {
  const { heapMb = DEFAULT_HEAP_MB, port = 0, onProgress = () => undefined, env = process.env } = options;
  if (process.platform === 'win32') throw windows();
  if (port !== 0) await requireFreePort(port);
  const user = runUser();
  const java = findJava({ env, reachable: (path) => reachableBy(user, path) });
  const distribution = await findDistribution(env, onProgress);
  if (!reachableBy(user, distribution.home)) throw unreachable(distribution, user);

  const folder = planRunFolder(
    options.dataDir === undefined ? undefined : resolve(options.dataDir),
    options.tempDir,
  );
  requireFreeDisk(folder.data, RUN_BYTES, 'The data of a run');
  const elapsed = stopwatch();
  const supervision = superviseNode(folder.root);
  try {
    makeRunFolder(folder, { distribution, httpPort: port, user });
    const nodeEnv = environment(
      folder,
      java.home,
      [...heapOptions(heapMb), ...(options.javaOptions ?? [])],
      env,
    );
    const password = randomBytes(24).toString('base64url');
    onProgress(`Starting Elasticsearch with Java ${java.version}${user ? ` as user ${user.name}` : ''}`);
    await makeKeystore({ home: distribution.home, env: nodeEnv, cwd: folder.root, user, password });
    const consoleLog = join(folder.logs, 'console.log');
    supervision.run({
      command: join(distribution.home, 'bin', 'elasticsearch'),
      env: nodeEnv,
      cwd: folder.root,
      consoleLog,
      ...(user && { uid: user.uid, gid: user.gid }),
      graceMs: options.dataDir === undefined ? GRACE_MS.temporary : GRACE_MS.kept,
    });
    const { ended, stop } = supervision;
    const url = await awaitReady({
      logs: folder.logs,
      consoleLog,
      port,
      username: 'elastic',
      password,
      ended,
      onProgress,
    });
    onProgress(`Elasticsearch answers at ${url} after ${elapsed()}`);
    supervision.letGo();
    return { url, username: 'elastic', password, folder: folder.root, ended, stop };
  } catch (error) {
    await supervision.stop();
    throw error;
  }
}

/** Nothing but this reaches the node's environment: the program's own may hold keys. */
function environment(
  folder: RunFolder,
  javaHome: string,
  javaOptions: readonly string[],
  env: NodeJS.ProcessEnv,
) {
  return {
    PATH: env['PATH'] || '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ES_JAVA_HOME: javaHome,
    ES_JAVA_OPTS: javaOptions.join(' '),
    ES_PATH_CONF: folder.config,
    ES_TMPDIR: folder.tmp,
  };
}

function unreachable({ home }: Distribution, user: RunUser | undefined): NodeError {
  return new NodeError(
    'folder_unusable',
    `Elasticsearch refuses to run as root and runs as ${user?.name}, who cannot read ${home}.`,
    'Choose a folder that everybody may enter with OT_ANOMALY_CACHE (or ES_HOME), or run this as an ordinary user.',
  );
}

function windows(): NodeError {
  return new NodeError(
    'platform_unsupported',
    'A local Elasticsearch is started with scripts for Linux and macOS; this is Windows.',
    'Use WSL, or deployment/docker/compose.yaml, or point ES_URL at a running Elasticsearch.',
  );
}
