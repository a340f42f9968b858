import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { NodeError } from '../../src/elasticsearch/node/nodeError.js';
import { type RunningNode, startNode } from '../../src/elasticsearch/node/startNode.js';
import { testNode } from '../elasticsearch/testNode.js';

/** An Elasticsearch of the test's own, which may be killed: its data and its port outlive its processes. */
export interface OwnNode {
  readonly url: string;
  /** A client as the superuser, whose password changes with each start. */
  admin(): Client;
  /** Ends Elasticsearch's processes with kill -9. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  startAgain(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

export async function startOwnNode(): Promise<OwnNode> {
  const options = { ...testNode(), heapMb: 768 };
  const parent = mkdtempSync(join(options.tempDir, 'ot-anomaly-own-'));
  execFileSync('chmod', ['755', parent]); // Elasticsearch's user, if it is another, must be able to pass through
  const dataDir = join(parent, 'data');
  let node: RunningNode = await startNode({ ...options, dataDir });
  const { url } = node;
  const port = Number(new URL(url).port);
  return {
    url,
    admin: () => new Client({ node: url, auth: { username: node.username, password: node.password } }),
    kill: async () => {
      process.kill(-groupUsing(node.folder), 'SIGKILL');
      await node.ended;
      await node.stop(); // removes what the run left behind, but for the data
    },
    startAgain: async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          node = await startNode({ ...options, dataDir, port });
          return;
        } catch (error) {
          // On a machine that is busy with other tests a start may take longer than startNode waits.
          if (attempt === 3 || !(error instanceof NodeError) || error.code !== 'start_failed') throw error;
        }
      }
    },
    remove: async () => {
      await node.stop();
      rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The process group of the Java that was started with paths in `folder`. */
function groupUsing(folder: string): number {
  const processes = execFileSync('ps', ['-eo', 'pgid,args'], { encoding: 'utf8' }).split('\n');
  const group = Number.parseInt(processes.find((line) => line.includes(`${folder}/tmp`)) ?? '', 10);
  if (!(group > 1)) throw new Error(`no process uses ${folder}`);
  return group;
}
