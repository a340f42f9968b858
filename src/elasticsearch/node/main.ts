#!/usr/bin/env node
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { parseInteger } from '../../commands/options.js';
import { EXIT, explainError } from '../../commands/program.js';
import { consoleTail } from './consoleTail.js';
import { writeCredentials } from './credentialsFile.js';
import { progressTo } from './progressTo.js';
import { type RunningNode, startNode } from './startNode.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Options {
  readonly port?: number;
  readonly dataDir?: string;
  readonly heap?: number;
}

try {
  process.exitCode = await serve(parse(process.argv));
} catch (error) {
  process.exitCode = explain(error);
}

function parse(argv: readonly string[]): Options {
  return new Command('npm run es --')
    .description('Run a secured Elasticsearch 9.4.3 for development until interrupted.')
    .option('--port <number>', 'port on 127.0.0.1 (default: a free one)', parseInteger(1, 65_535))
    .option('--data-dir <folder>', 'keep the data here (default: a folder that is removed at the end)')
    .option('--heap <megabytes>', 'heap (default: 1024)', parseInteger(256, 31_000))
    .exitOverride()
    .parse([...argv])
    .opts<Options>();
}

async function serve({ port, dataDir, heap }: Options): Promise<number> {
  // Until the node is up there is nobody to tell: leaving is enough, its watchdog cleans up.
  const leave = () => process.exit(EXIT.interrupted);
  for (const name of SIGNALS) process.on(name, leave);
  const { onProgress, end } = progressTo(process.stderr);
  const node = await startNode({
    onProgress,
    ...(port !== undefined && { port }),
    ...(dataDir !== undefined && { dataDir }),
    ...(heap !== undefined && { heapMb: heap }),
  }).finally(end);
  for (const name of SIGNALS) process.off(name, leave);
  const file = writeCredentials(node);
  process.stdout.write(
    `Elasticsearch   ${node.url}\nUser            ${node.username}\nPassword        in ${file}\n` +
      `                (set -a; . ${file}; set +a)\nCtrl-C stops it${dataDir ? `; the data stays in ${dataDir}` : ' and removes its data'}.\n`,
  );
  return untilOver(node);
}

/** Stays until a signal comes, which is how it is meant to end, or the node ends by itself. */
async function untilOver(node: RunningNode): Promise<number> {
  const awake = setInterval(() => undefined, 1 << 30);
  const interrupted = new Promise<undefined>((resolve) => {
    for (const name of SIGNALS) process.on(name, () => resolve(undefined));
  });
  const reason = await Promise.race([node.ended, interrupted]);
  clearInterval(awake);
  if (reason === undefined) process.stderr.write('Stopping Elasticsearch\n');
  else
    process.stderr.write(
      `error: Elasticsearch ended by itself: ${reason}. The end of its log:\n${consoleTail(join(node.folder, 'logs', 'console.log'))}\n`,
    );
  await node.stop();
  return reason === undefined ? EXIT.ok : EXIT.failed;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  process.stderr.write(`${explainError(error)}\n`);
  return EXIT.failed;
}
