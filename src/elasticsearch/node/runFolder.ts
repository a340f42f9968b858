import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Distribution } from './distribution.js';
import { NodeError } from './nodeError.js';
import { type RunUser, reachableBy } from './runUser.js';
import { JVM_OPTIONS, settingsYaml } from './settings.js';

/** What one run of a node writes to. All is the node's user's, and closed to everyone else. */
export interface RunFolder {
  readonly root: string;
  readonly config: string;
  readonly data: string;
  readonly logs: string;
  readonly tmp: string;
}

/** The node's configuration beside elasticsearch.yml, as far as the distribution has it. */
const COPIED = ['log4j2.properties', 'jvm.options', 'roles.yml', 'role_mapping.yml', 'users', 'users_roles'];

/** The paths of a new run within `parent`, none of which exists yet; `dataDir` keeps the data elsewhere. */
export function planRunFolder(dataDir?: string, parent = tmpdir()): RunFolder {
  const root = join(parent, `ot-anomaly-es-${randomBytes(8).toString('hex')}`);
  const at = (name: string) => join(root, name);
  return { root, config: at('config'), data: dataDir ?? at('data'), logs: at('logs'), tmp: at('tmp') };
}

export interface RunContents {
  readonly distribution: Distribution;
  readonly httpPort: number;
  readonly user: RunUser | undefined;
}

/** Makes the folders with the configuration in them. @throws NodeError folder_unusable */
export function makeRunFolder(folder: RunFolder, { distribution, httpPort, user }: RunContents): void {
  // Not recursive: a folder that is there already is somebody else's.
  mkdirSync(folder.root, { mode: 0o700 });
  if (user) {
    // The root stays ours, so that nobody else can exchange what is removed at the end; the user may pass through.
    chownSync(folder.root, 0, user.gid);
    chmodSync(folder.root, 0o750);
  }
  for (const path of [folder.config, folder.logs, folder.tmp, join(folder.config, 'jvm.options.d')])
    makeOwned(path, user);
  const isTemporary = folder.data.startsWith(folder.root);
  if (isTemporary) makeOwned(folder.data, user);
  else makeDataFolder(folder.data, user);
  for (const name of COPIED)
    if (existsSync(join(distribution.home, 'config', name)))
      cpSync(join(distribution.home, 'config', name), join(folder.config, name));
  writeFileSync(
    join(folder.config, 'elasticsearch.yml'),
    settingsYaml({ ...distribution, paths: folder, httpPort, isTemporary }),
  );
  writeFileSync(join(folder.config, 'jvm.options.d', 'ot-anomaly.options'), JVM_OPTIONS);
  for (const name of readdirSync(folder.config, { recursive: true, encoding: 'utf8' }))
    own(join(folder.config, name), user);
}

/** A data folder that stays: made where missing, taken over when empty, else it must be the node's user's already. */
function makeDataFolder(path: string, user: RunUser | undefined): void {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path, { mode: 0o700 });
    own(path, user);
  } else if (user && statSync(path).uid !== user.uid) {
    if (readdirSync(path).length > 0)
      throw unusable(
        `The data folder ${path} is not empty and belongs to another user than ${user.name}.`,
        user,
      );
    own(path, user);
  }
  if (!reachableBy(user, path))
    throw unusable(`User ${user?.name} cannot reach the data folder ${path}.`, user);
}

function unusable(message: string, user: RunUser | undefined): NodeError {
  return new NodeError(
    'folder_unusable',
    `${message}${user ? ` Elasticsearch refuses to run as root and runs as ${user.name}.` : ''}`,
    'Choose an empty folder under one that everybody may enter, such as /var/lib.',
  );
}

function makeOwned(path: string, user: RunUser | undefined): void {
  mkdirSync(path, { mode: 0o700 });
  own(path, user);
}

function own(path: string, user: RunUser | undefined): void {
  if (user) chownSync(path, user.uid, user.gid);
}
