import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, connectionFor } from '../config/connection.js';
import { writeCredentials } from '../elasticsearch/node/credentialsFile.js';
import { startNode } from '../elasticsearch/node/startNode.js';

/** The cluster that the demo runs on, and the folder for what it writes. */
export interface DemoCluster {
  /** who may set up */
  readonly admin: Connection;
  /** logs, models and keys; removed at the end */
  readonly folder: string;
  /** where the superuser's password is, when the node is the demo's own */
  readonly credentialsFile: string | undefined;
  /** settles if the node ends by itself */
  readonly ended: Promise<string> | undefined;
  stop(): Promise<void>;
}

/** Uses the cluster at ES_URL if that is set, else starts a node that ends with this process. */
export async function demoCluster(
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<DemoCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-demo-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  try {
    if (env['ES_URL'] !== undefined && env['ES_URL'] !== '') {
      const admin = connectionFor(env, 'setup');
      return {
        admin,
        folder,
        credentialsFile: undefined,
        ended: undefined,
        stop: async () => removeFolder(),
      };
    }
    const node = await startNode({ onProgress: say });
    return {
      admin: {
        url: node.url,
        credential: { kind: 'basic', username: node.username, password: node.password },
      },
      folder,
      credentialsFile: writeCredentials(node),
      ended: node.ended,
      stop: async () => {
        removeFolder();
        await node.stop();
      },
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}
