import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningNode } from './startNode.js';

/**
 * Writes the node's address and superuser where only the present user can read them, in the form that a shell
 * (`set -a; . file; set +a`) and docker take, and returns the path. The file goes when the node stops.
 */
export function writeCredentials(node: RunningNode): string {
  const file = join(node.folder, 'elastic.env');
  const lines = [`ES_URL=${node.url}`, `ES_USERNAME=${node.username}`, `ES_PASSWORD=${node.password}`];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  return file;
}
