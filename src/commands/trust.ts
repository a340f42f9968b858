import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parsePolicies, readPolicies } from '../governance/policy/policyFiles.js';
import { addSignature, type Envelope, payloadOf } from '../governance/signing/dsse.js';
import { fingerprint } from '../governance/signing/fingerprint.js';
import { draftRoot, ROOT_PAYLOAD, readRoot } from '../governance/trust/root.js';
import { draftTrust, readTrust, trustProblems } from '../governance/trust/trust.js';
import { sha256 } from '../registry/digest.js';
import { untrusted } from '../registry/pinned.js';
import { trustedPolicies } from '../registry/trustedPolicies.js';
import {
  addSignerOptions,
  openSigner,
  pinned,
  policiesOption,
  print,
  readEnvelope,
  type SignerOptions,
  writeEnvelope,
} from './governanceOptions.js';
import { modelsOption, parseInteger } from './options.js';
import { registryFiles } from './registry.js';

export function registerTrust(program: Command): void {
  const trust = program
    .command('trust')
    .description('the root of trust: keys above all others, which sign policies and approvers');
  const version = () => parseInteger(1, 1_000_000);
  trust
    .command('root <file>')
    .description('draft a root file to be signed by its keys')
    .requiredOption('--public-key <base64...>', 'public keys of the root')
    .requiredOption('--threshold <n>', 'how many of them must sign', parseInteger(1, 20))
    .requiredOption('--root-version <n>', 'one more than that of the root before', version())
    .requiredOption('--expires <time>', 'end of its validity, ISO 8601', parseIso)
    .action((file: string, options: RootOptions) => {
      const { publicKey, threshold, rootVersion, expires } = options;
      writeEnvelope(
        file,
        draftRoot({
          kind: 'ot-anomaly-root',
          version: rootVersion,
          expires,
          threshold,
          keys: [...publicKey],
        }),
      );
      print(false, undefined, [
        `drafted ${file}; have it signed with "ot-anomaly trust sign ${file} --key KEY"`,
      ]);
    });
  trust
    .command('draft <file>')
    .description('draft the root’s statement over the policies and approvers of a folder')
    .addOption(policiesOption())
    .requiredOption('--trust-version <n>', 'rises with each change', version())
    .requiredOption('--expires <time>', 'end of its validity, ISO 8601', parseIso)
    .action((file: string, options: DraftOptions) => {
      writeEnvelope(
        file,
        draftTrust(options.trustVersion, options.expires, readPolicies(options.policies).digests),
      );
      print(false, undefined, [
        `drafted ${file}; have it signed with "ot-anomaly trust sign ${file} --key KEY"`,
      ]);
    });
  addSignerOptions(trust.command('sign <file>'))
    .description('add a signature to a drafted root or statement, on the key holder’s own machine')
    .action(async (file: string, options: SignerOptions) => {
      const envelope = await addSignature(readEnvelope(file), openSigner(options));
      writeEnvelope(file, envelope);
      print(false, undefined, [...describe(file, envelope), `${envelope.signatures.length} signatures`]);
    });
  trust
    .command('pin <file>')
    .description(
      'trust this root on this host: the first one, or the next version that the pinned one signed',
    )
    .action((file: string) => {
      const envelope = readEnvelope(file);
      const root = pinned().pin(envelope, new Date());
      print(false, undefined, [
        ...describe(file, envelope),
        `pinned root ${root.version}: ${root.threshold} of ${root.keys.length} keys`,
      ]);
    });
  trust
    .command('install <file>')
    .description('put signed policies and approvers in force')
    .addOption(policiesOption())
    .addOption(modelsOption())
    .action(async (file: string, options: { readonly policies: string; readonly models: string }) => {
      const envelope = readEnvelope(file);
      const read = (name: string) => readFileSync(join(options.policies, name), 'utf8');
      const now = new Date();
      const problems = trustProblems(
        pinned().root(now),
        envelope,
        parsePolicies(read).digests,
        pinned().trustVersion,
        now,
      );
      if (problems.length > 0) throw untrusted('these files', problems);
      await registryFiles(options).writeTrust(envelope, read);
      pinned().acceptTrust(readTrust(file, envelope).version);
      print(false, undefined, [`in force: version ${readTrust(file, envelope).version}`]);
    });
  trust
    .command('show')
    .description('verify what is in force on this host')
    .addOption(modelsOption())
    .option('--json', 'print one JSON object')
    .action((options: { readonly models: string; readonly json?: boolean }) => {
      const { digests, approvers } = trustedPolicies(registryFiles(options), pinned(), new Date());
      const people = approvers.people.map(
        ({ id, roles }) => `${id}: ${roles.map(({ role }) => role).join(', ')}`,
      );
      print(options.json, { digests, people }, [
        ...Object.entries(digests).map(([name, digest]) => `${digest}  ${name}`),
        ...people,
      ]);
    });
}

interface RootOptions {
  readonly publicKey: readonly string[];
  readonly threshold: number;
  readonly rootVersion: number;
  readonly expires: string;
}

interface DraftOptions {
  readonly policies: string;
  readonly trustVersion: number;
  readonly expires: string;
}

function describe(name: string, envelope: Envelope): readonly string[] {
  const what = envelope.payloadType === ROOT_PAYLOAD ? readRoot(name, envelope) : readTrust(name, envelope);
  return [JSON.stringify(what, null, 2), `fingerprint ${fingerprint(sha256(payloadOf(envelope)))}`];
}

export function parseIso(value: string): string {
  const ms = Date.parse(value);
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('expected a date or time in ISO 8601, such as 2026-01-01.');
  return new Date(ms).toISOString();
}
