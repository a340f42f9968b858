import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { AssetFileError, parseAssetFile } from '../anomaly/assetFile.js';
import { importAssets } from '../app/importAssets.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { namespaceOption } from './options.js';

interface Options {
  readonly namespace: string;
  readonly json?: boolean;
}

export function registerAssets(program: Command): void {
  program
    .command('assets')
    .description('the asset inventory: it explains alerts and never raises or lowers a score')
    .command('import <file>')
    .description('add the assets of a CSV or YAML file as new documents')
    .addOption(namespaceOption())
    .option('--json', 'print one JSON object')
    .action(run);
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
