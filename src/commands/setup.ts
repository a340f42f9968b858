import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { connectionFor } from '../config/connection.js';
import { keysPath, readKeys, writeKeys } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { setup } from '../setup/setup.js';
import { sourcePatterns } from '../setup/sourceRights.js';
import { namespaceOption, profilesOption } from './options.js';

interface Options {
  readonly namespace: string;
  readonly profile?: readonly string[];
  readonly rotateKeys?: boolean;
  readonly json?: boolean;
}

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description('install pipelines, templates, roles, users and data streams, and an API key for each part')
    .addOption(namespaceOption())
    .addOption(profilesOption())
    .option('--rotate-keys', 'make new API keys and invalidate the old ones')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Needs a credential that may manage ingest pipelines, index templates and security (ES_API_KEY, or ES_USERNAME
and ES_PASSWORD). The keys go to OT_ANOMALY_KEYS_FILE, or ~/.config/ot-anomaly/keys.json, readable by you alone.
Running it again changes nothing that is already so. With --profile, the scorer and the trainer may read that profile's
indices and no other sources; their keys are made anew then, so start them again.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const path = keysPath(process.env);
  const client = createClient(connectionFor(process.env, 'setup'));
  try {
    const steps = await setup(client, {
      namespace: options.namespace,
      ...(options.profile === undefined ? {} : { sources: sourcePatterns(options.profile) }),
      rotate: options.rotateKeys === true,
      now: new Date(),
      newPassword: () => randomBytes(32).toString('base64url'),
      keys: readKeys(path),
      saveKeys: (keys) => writeKeys(path, keys),
      onStep: ({ what, name, change }) => process.stderr.write(`${change.padEnd(9)} ${what} ${name}\n`),
    });
    const changed = steps.filter(({ change }) => change !== 'unchanged').length;
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ keysFile: path, changed, steps })}\n`);
    else process.stdout.write(`${steps.length} things in place, ${changed} changed; keys in ${path}\n`);
  } finally {
    await client.close();
  }
}
