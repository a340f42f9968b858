import type { Command } from 'commander';
import { keyId } from '../governance/policy/approvers.js';
import { newKeyFile } from '../governance/signing/keyFile.js';
import { print } from './governanceOptions.js';

export function registerKey(program: Command): void {
  program
    .command('key')
    .description('keys that people and programs sign with')
    .command('new <file>')
    .description(
      'make an Ed25519 key and print the entry for approvers.yaml; run it on the signer’s own machine',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nWith OT_ANOMALY_KEY_PASSPHRASE set, the file is encrypted with it. No file is ever overwritten.',
    )
    .action((file: string, options: { readonly json?: boolean }) => {
      const publicKey = newKeyFile(file, process.env['OT_ANOMALY_KEY_PASSPHRASE']);
      const entry = `{ public_key: ${publicKey}, from: "${new Date().toISOString()}" }`;
      print(options.json, { publicKey, keyid: keyId(publicKey) }, [entry]);
    });
}
