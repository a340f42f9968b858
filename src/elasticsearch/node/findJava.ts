import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { askJava, javaMajor, versionOf } from './javaVersion.js';
import { NodeError } from './nodeError.js';

/** Elasticsearch 9.4.3 refuses to start on less (its java-version-checker). */
export const MINIMUM_JAVA = 21;

/** Folders whose children are JDKs, and where inside a child the home is. */
const SYSTEM_JDK_FOLDERS: readonly JdkFolder[] = [
  { folder: '/usr/lib/jvm', inside: '' },
  { folder: '/usr/lib64/jvm', inside: '' },
  { folder: '/opt/java', inside: '' },
  { folder: '/Library/Java/JavaVirtualMachines', inside: 'Contents/Home' },
];

export interface JdkFolder {
  readonly folder: string;
  readonly inside: string;
}

export interface Java {
  readonly home: string;
  readonly version: string;
  /** Where it was found: a variable's name, `PATH`, or the folder. */
  readonly from: string;
}

export interface JavaSearch {
  readonly env: NodeJS.ProcessEnv;
  readonly systemFolders?: readonly JdkFolder[];
  /** Whether the user that Elasticsearch will run as can run what is there; everything by default. */
  readonly reachable?: (path: string) => boolean;
}

/**
 * A Java of release 21 or later: ES_JAVA_HOME, JAVA_HOME, one within ES_HOME, the operating system's folders (the oldest that fits,
 * being nearest to what Elasticsearch was tested on), then PATH.
 *
 * @throws NodeError java_missing, naming every version that was found and where.
 */
export function findJava(search: JavaSearch): Java {
  const rejected = new Map<string, string>();
  for (const candidate of candidates(search)) {
    const major = javaMajor(candidate.version);
    if (major === undefined || major < MINIMUM_JAVA) {
      rejected.set(candidate.home, describe(candidate));
    } else if (search.reachable && !search.reachable(join(candidate.home, 'bin', 'java'))) {
      rejected.set(candidate.home, `${describe(candidate)}, which the unprivileged user cannot run`);
    } else return candidate;
  }
  const found = rejected.size === 0 ? 'none was found' : `found ${[...rejected.values()].join('; ')}`;
  throw new NodeError(
    'java_missing',
    `Elasticsearch 9.4.3 needs Java ${MINIMUM_JAVA} or later, but ${found}.`,
    `Install a JDK ${MINIMUM_JAVA} or later (a package of your system, or adoptium.net), or point ES_JAVA_HOME at one.`,
  );
}

function* candidates({ env, systemFolders = SYSTEM_JDK_FOLDERS }: JavaSearch): Generator<Java> {
  for (const variable of ['ES_JAVA_HOME', 'JAVA_HOME']) {
    const home = env[variable];
    if (home) yield* javaAt(home, variable);
  }
  // Elastic's own archives bring a JDK with them.
  if (env['ES_HOME']) yield* javaAt(join(env['ES_HOME'], 'jdk'), 'ES_HOME');
  const installed = systemFolders.flatMap(({ folder, inside }) =>
    childrenOf(folder).flatMap((name) => [...javaAt(realPath(join(folder, name, inside)), folder)]),
  );
  yield* installed.sort((a, b) => (javaMajor(a.version) ?? 0) - (javaMajor(b.version) ?? 0));
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) yield* javaOnPath(folder);
}

function* javaAt(home: string, from: string): Generator<Java> {
  if (!isExecutable(join(home, 'bin', 'java'))) return;
  yield { home, version: versionOf(home) ?? 'unknown', from };
}

/** A `java` on PATH may be a stub or a link, so it is asked for its real home. */
function* javaOnPath(folder: string): Generator<Java> {
  const executable = join(folder, 'java');
  if (!isExecutable(executable)) return;
  const { version, home } = askJava(executable);
  if (version !== undefined && home !== undefined) yield { home, version, from: 'PATH' };
}

function describe({ home, version, from }: Java): string {
  return `${version} at ${home}${home.startsWith(from) ? '' : ` (${from})`}`;
}

function childrenOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
