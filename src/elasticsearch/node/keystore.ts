import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NodeError } from './nodeError.js';
import type { RunUser } from './runUser.js';

export interface KeystoreInput {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: RunUser | undefined;
  readonly password: string;
}

/**
 * Makes the keystore in ES_PATH_CONF with `bootstrap.password`, which becomes the password of user `elastic`.
 * It is handed over on standard input: arguments can be read by every user of the machine.
 *
 * @throws NodeError start_failed
 */
export function makeKeystore({ home, env, cwd, user, password }: KeystoreInput): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      join(home, 'bin', 'elasticsearch-cli'),
      ['add', '--stdin', '--force', 'bootstrap.password'],
      {
        // The archive has no bin/elasticsearch-keystore; this is what that script would set.
        env: { ...env, CLI_NAME: 'keystore', CLI_LIBS: 'lib/tools/keystore-cli' },
        cwd,
        stdio: ['pipe', 'ignore', 'pipe'],
        ...(user && { uid: user.uid, gid: user.gid }),
      },
    );
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', (cause) => reject(failed(cause.message, cause)));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(failed(`exit code ${code}: ${errors.trim()}`)),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${password}\n`);
  });
}

function failed(reason: string, cause?: unknown): NodeError {
  return new NodeError(
    'start_failed',
    `The keystore of Elasticsearch could not be made: ${reason}`,
    'Check that the Java above is complete (ES_JAVA_HOME chooses another) and that the disk has room.',
    { cause },
  );
}
