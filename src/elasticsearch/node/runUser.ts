import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { NodeError } from './nodeError.js';

/** An operating-system user that Elasticsearch is run as. */
export interface RunUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Below it are the system's own users, by the default of login.defs (UID_MIN). */
const FIRST_ORDINARY_UID = 1000;

/**
 * Whom to run as: undefined for the present user, who is ordinary; `nobody`, or else the first ordinary user of
 * `/etc/passwd`, when the present user is root, as whom Elasticsearch refuses to run.
 *
 * @throws NodeError user_missing
 */
export function runUser(uid = process.getuid?.() ?? -1, passwd = () => readPasswd()): RunUser | undefined {
  if (uid !== 0) return undefined;
  const users = parsePasswd(passwd());
  const user =
    users.find(({ name, uid: id }) => name === 'nobody' && id > 0) ??
    users.find(({ uid: id }) => id >= FIRST_ORDINARY_UID);
  if (user) return user;
  throw new NodeError(
    'user_missing',
    'Elasticsearch refuses to run as root, and /etc/passwd has neither `nobody` nor an ordinary user to run it as.',
    'Run this as an ordinary user, or create one.',
  );
}

/** The users of an `/etc/passwd`, in its order. */
export function parsePasswd(text: string): RunUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid && !name.startsWith('#') ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** Whether the user may read and run or enter `path` and pass through every folder above it. */
export function reachableBy(user: RunUser | undefined, path: string): boolean {
  if (user === undefined) return true;
  try {
    const end = realpathSync(path);
    for (let at = end; ; at = dirname(at)) {
      if (!permits(statSync(at), user, at === end ? 0o5 : 0o1)) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

function permits(
  stat: { uid: number; gid: number; mode: number },
  user: RunUser,
  permission: number,
): boolean {
  const shift = stat.uid === user.uid ? 6 : stat.gid === user.gid ? 3 : 0;
  return ((stat.mode >> shift) & permission) === permission;
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
