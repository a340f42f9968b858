import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PolicyDigests } from '../governance/policy/policyFiles.js';
import { type Model, modelSchema } from '../model/artifact.js';
import { modelCard } from '../model/card.js';
import { canonicalBytes, sha256 } from './digest.js';
import { ModelError } from './modelError.js';
import { readRegularFile } from './regularFile.js';

/** A model with the digest of its canonical bytes, by which everything names it. */
export interface LoadedModel {
  readonly sha256: string;
  readonly model: Model;
  readonly path: string;
  /** the deployment that put it into production; a lab model has none */
  readonly deployment?: InForce;
}

/** What people signed for a model in production. */
export interface InForce {
  readonly sequence: number;
  /** digest of what was signed */
  readonly sha256: string;
  readonly alertLine: number;
  /** true: only detectors of structure speak */
  readonly structureOnly: boolean;
  readonly policies: PolicyDigests | undefined;
}

const ARTIFACT = 'model.json';
const CARD = 'model-card.md';
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Stores a model as `<folder>/<sha256>/model.json` with its card, and what else is given by name, beside it: the whole
 * folder or nothing. A model that is there already is left as it is, and so are its card and signatures; the other files
 * are written anew.
 */
export function storeModel(
  folder: string,
  model: Model,
  beside: (sha256: string) => Readonly<Record<string, string>> = () => ({}),
): LoadedModel {
  const bytes = canonicalBytes(model);
  const digest = sha256(bytes);
  const path = join(folder, digest);
  if (!existsSync(join(path, ARTIFACT))) {
    mkdirSync(folder, { recursive: true });
    const temporary = mkdtempSync(join(folder, '.new-'));
    try {
      writeFileSync(join(temporary, ARTIFACT), bytes);
      writeFileSync(join(temporary, CARD), modelCard(model, digest));
      for (const [name, text] of Object.entries(beside(digest))) writeFileSync(join(temporary, name), text);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  } else {
    for (const [name, text] of Object.entries(beside(digest))) replaceFile(join(path, name), text);
  }
  return { sha256: digest, model, path };
}

/** Puts the gate's result beside the model, and its section on the card: each file whole or not at all. */
export function storeGateResult(
  { path, model, sha256: digest }: LoadedModel,
  result: string,
  card: string,
): void {
  replaceFile(join(path, 'gate.json'), result);
  replaceFile(join(path, CARD), modelCard(model, digest, card));
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Loads the model that `name` means: a digest or its beginning in `folder`, or the path of a model's folder.
 * With no name, the only model in `folder`.
 *
 * @throws {ModelError} not_found, ambiguous, digest_mismatch (altered after it was stored), corrupt
 */
export function loadModel(folder: string, name: string | undefined): LoadedModel {
  const path = resolve(folder, name);
  const expected = basename(path);
  const bytes = readArtifact(path);
  const digest = sha256(bytes);
  if (digest !== expected) {
    throw new ModelError(
      'digest_mismatch',
      `${join(path, ARTIFACT)}: expected SHA-256 ${expected}, found ${digest}: the file was altered or damaged`,
      'Do not use it. Restore the folder from a copy, or train again: the same documents give the same model.',
    );
  }
  const parsed = modelSchema.safeParse(parseJson(bytes));
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    throw new ModelError(
      'corrupt',
      `${join(path, ARTIFACT)}: not a model of this version (${first?.path.join('.')}: ${first?.message})`,
      'It was made by another version of ot-anomaly. Train again with this one.',
    );
  }
  return { sha256: digest, model: parsed.data, path };
}

function resolve(folder: string, name: string | undefined): string {
  if (name !== undefined && existsSync(join(name, ARTIFACT))) return name.replace(/\/+$/, '');
  if (name !== undefined && basename(name) === ARTIFACT && existsSync(name)) return dirname(name);
  const digests = existsSync(folder)
    ? readdirSync(folder)
        .filter((entry) => DIGEST.test(entry))
        .sort()
    : [];
  const matches = digests.filter((digest) => digest.startsWith(name ?? ''));
  const only = matches[0];
  if (only !== undefined && matches.length === 1) return join(folder, only);
  const list = digests.length === 0 ? 'none' : digests.map((digest) => digest.slice(0, 12)).join(', ');
  throw new ModelError(
    matches.length === 0 ? 'not_found' : 'ambiguous',
    `expected one model${name === undefined ? '' : ` named ${name}`} in ${folder}, found ${matches.length}`,
    `Models there: ${list}. Give --model a digest or its first characters, or train one with "ot-anomaly train".`,
  );
}

function readArtifact(path: string): Buffer {
  try {
    return readRegularFile(join(path, ARTIFACT));
  } catch (cause) {
    throw new ModelError(
      'not_found',
      `${join(path, ARTIFACT)} can't be read`,
      'Check the path and its rights.',
      { cause },
    );
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
