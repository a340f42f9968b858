import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { AssetFileError, parseAssetFile } from '../anomaly/assetFile.js';
import { newAssetLists } from '../app/governance/newAssetLists.js';
import { importAssets } from '../app/importAssets.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { kqlWithout } from '../governance/review/newAssetList.js';
import { pinned, print } from './governanceOptions.js';
import { modelsOption, namespaceOption } from './options.js';
import { registryFiles } from './registry.js';

interface Options {
  readonly namespace: string;
  readonly json?: boolean;
}

interface NewOptions extends Options {
  readonly models: string;
  readonly kql?: boolean;
}

export function registerAssets(program: Command): void {
  const assets = program
    .command('assets')
    .description('the asset inventory: it explains alerts and never raises or lowers a score');
  assets
    .command('import <file>')
    .description('add the assets of a CSV or YAML file as new documents')
    .addOption(namespaceOption())
    .option('--json', 'print one JSON object')
    .action(run);
  assets
    .command('new')
    .description('new assets that people signed for, whose connections and reads views leave out')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .option('--kql', 'print a filter for Kibana’s query bar instead')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nAsk for one with "ot-anomaly approval request new-asset". Scoring, alerts and notifications go on.',
    )
    .action(listNew);
}

function listNew(options: NewOptions): void {
  const { namespace } = options;
  const now = () => new Date();
  const lists = newAssetLists({ files: registryFiles(options), pinned: pinned(), namespace, now });
  const lines = lists.map(
    ({ asset, relations, until, ticket, signedBy }) =>
      `${asset}: ${relations.length} relations until ${until}, ticket ${ticket}, signed by ${signedBy.join(' and ')}`,
  );
  if (options.kql === true) print(false, undefined, [kqlWithout(lists)]);
  else print(options.json, lists, lines.length === 0 ? ['no list is in force'] : lines);
}

async function run(file: string, options: Options): Promise<void> {
  const assets = parseAssetFile(basename(file), read(file));
  const client = createClient(connectionFor(process.env, 'inventory', keyReader(process.env)));
  try {
    const imported = await importAssets(client, options.namespace, assets, new Date());
    const text = `${assets.length} assets read: ${imported.created} added, ${imported.unchanged} unchanged`;
    process.stdout.write(
      options.json === true ? `${JSON.stringify({ read: assets.length, ...imported })}\n` : `${text}\n`,
    );
  } finally {
    await client.close();
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AssetFileError(`${file} can't be read`, 'Check the path and its rights.', { cause });
  }
}
