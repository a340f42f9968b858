import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { GovernanceContext } from '../app/governance/context.js';
import type { IncidentOptions } from '../app/governance/openIncident.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { GovernanceError } from '../governance/governanceError.js';
import { parseJson } from '../governance/parseDocument.js';
import { commandSigner } from '../governance/signing/commandSigner.js';
import { type Envelope, envelopeSchema } from '../governance/signing/dsse.js';
import { openKeyFile } from '../governance/signing/keyFile.js';
import type { Signer } from '../governance/signing/signer.js';
import { Pinned, pinnedFolder } from '../registry/pinned.js';
import { registryFiles } from './registry.js';

export function policiesOption(): Option {
  return new Option('--policies <folder>', 'the two policies and approvers.yaml')
    .default('policies')
    .env('OT_ANOMALY_POLICIES');
}

export interface SignerOptions {
  readonly key?: string;
  readonly signer?: string;
  readonly publicKey?: string;
}

/** `--key`, or `--signer` with `--public-key` for a key on a token or HSM. */
export function addSignerOptions(command: Command): Command {
  return command
    .option('--key <file>', 'private key to sign with; its passphrase in OT_ANOMALY_KEY_PASSPHRASE')
    .option('--signer <command>', 'program that signs standard input and prints base64 (token, HSM, PKCS#11)')
    .option('--public-key <base64>', 'public half of the key behind --signer');
}

/** @throws {GovernanceError} invalid_key */
export function openSigner({ key, signer, publicKey }: SignerOptions): Signer {
  if (key !== undefined) return openKeyFile(key, process.env['OT_ANOMALY_KEY_PASSPHRASE']);
  if (signer !== undefined && publicKey !== undefined)
    return commandSigner(signer.trim().split(/\s+/), publicKey);
  throw new GovernanceError(
    'invalid_key',
    'nothing to sign with',
    'Give --key FILE, or --signer COMMAND with --public-key BASE64.',
  );
}

export interface RegistryOptions {
  readonly models: string;
  readonly namespace: string;
}

export function pinned(options?: { readonly isView: boolean }): Pinned {
  return new Pinned(pinnedFolder(process.env), options);
}

/** Runs `act` with the registry part's own credential, and closes it. */
export async function withGovernance<T>(
  options: RegistryOptions,
  act: (context: GovernanceContext) => Promise<T>,
): Promise<T> {
  const client = createClient(connectionFor(process.env, 'registry', keyReader(process.env)));
  try {
    return await act({
      files: registryFiles(options),
      pinned: pinned(),
      client,
      namespace: options.namespace,
      now: () => new Date(),
      newId: randomUUID,
    });
  } finally {
    await client.close();
  }
}

/** Runs `act` signed in as a person, never with a key of this system's own parts, and closes the connection. */
export async function withPerson<T>(
  { models, namespace }: RegistryOptions,
  act: (context: IncidentOptions) => Promise<T>,
): Promise<T> {
  const client = createClient(connectionFor(process.env, 'person'));
  try {
    return await act({ client, namespace, folder: models, now: () => new Date() });
  } finally {
    await client.close();
  }
}

/** @throws {GovernanceError} not_found, invalid_document */
export function readEnvelope(file: string): Envelope {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GovernanceError('not_found', `${file} can't be read`, 'Check the path and its rights.', {
      cause,
    });
  }
  return parseJson(file, text, envelopeSchema);
}

export function writeEnvelope(file: string, envelope: Envelope): void {
  writeFileSync(file, `${JSON.stringify(envelope, null, 2)}\n`);
}

export function print(json: boolean | undefined, value: unknown, lines: readonly string[]): void {
  process.stdout.write(json === true ? `${JSON.stringify(value)}\n` : `${lines.join('\n')}\n`);
}
