import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isBucketAddress, parseBucketAddress } from '../registry/bucket/address.js';
import { BucketError } from '../registry/bucket/bucketError.js';
import { BucketMirror } from '../registry/bucket/bucketMirror.js';
import { sha256 } from '../registry/digest.js';
import { RegistryFiles } from '../registry/registryFiles.js';

/** Buckets that are open, by the folder of their copy; and what was said of each last. */
const open = new Map<string, { readonly mirror: BucketMirror; readonly address: string; said: string }>();

/**
 * Before a command runs: `--models s3://…` becomes the folder of this host's copy, brought up to date.
 *
 * @throws {BucketError} if the bucket can't be read and was never read here
 */
export async function openRegistry(command: Command): Promise<void> {
  const models: unknown = command.opts()['models'];
  if (typeof models !== 'string' || !isBucketAddress(models)) return;
  const { bucket, prefix } = parseBucketAddress(models);
  // The SDK takes some 200 ms to load, which no other command should pay.
  const { s3Store } = await import('../registry/bucket/s3Store.js');
  const mirror = new BucketMirror(s3Store(bucket, process.env), prefix, cacheOf(process.env, models));
  open.set(mirror.folder, { mirror, address: models, said: '' });
  command.setOptionValue('models', mirror.folder);
  await refreshRegistry(mirror.folder);
}

/**
 * Brings the copy of a bucket up to date, if the folder is one. Where that fails, what was read last stays in use, and
 * standard error says so, once.
 *
 * @throws {BucketError} if there is nothing that was read before
 */
export async function refreshRegistry(folder: string): Promise<void> {
  const entry = open.get(folder);
  if (entry === undefined) return;
  const { mirror, address } = entry;
  let said: string;
  try {
    said = (await mirror.pull()).map((problem) => `registry ${address}: ${problem}; passed over\n`).join('');
  } catch (error) {
    if (!(error instanceof BucketError) || !mirror.hasCopy) throw error;
    said = `registry ${error.message}. What this host read last goes on. ${error.advice}\n`;
  }
  if (said !== entry.said) process.stderr.write(said === '' ? `registry ${address}: read again\n` : said);
  entry.said = said;
}

/** The registry of a folder, or of the bucket that the folder is a copy of. */
export function registryFiles({ models }: { readonly models: string }): RegistryFiles {
  return new RegistryFiles(models, open.get(models)?.mirror);
}

export function closeRegistries(): void {
  for (const { mirror } of open.values()) mirror.close();
  open.clear();
}

/** OT_ANOMALY_REGISTRY_CACHE, else a folder in the user's cache: one folder for each bucket and endpoint. */
function cacheOf(env: Readonly<Record<string, string | undefined>>, address: string): string {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || '';
  const name = sha256(`${endpoint}\n${address}`).slice(0, 16);
  const base = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(env['OT_ANOMALY_REGISTRY_CACHE'] || join(base, 'ot-anomaly', 'registry'), name);
}
