import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

import { loadModel, storeModel } from '../../../src/registry/store.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, type ModelOf, trainOn } from '../../fixtures/smallModel.js';

let model: ModelOf<'isolation-forest'>;
let folder: string;
beforeAll(async () => {
  model = await trainOn(Array.from({ length: 31 }, (_, day) => record({ ts: FROM + day * DAY })));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('stores a model once under its digest with its card, and loads it by any beginning of it', () => {
  const { sha256 } = storeModel(folder, model);
  storeModel(folder, model);
  expect(readdirSync(folder)).toEqual([sha256]);
  expect(readFileSync(join(folder, sha256, 'model-card.md'), 'utf8')).toContain(sha256);
  expect(loadModel(folder, undefined).model).toEqual(model);
  expect(loadModel(folder, sha256.slice(0, 6)).sha256).toBe(sha256);
  expect(loadModel('/nowhere', join(folder, sha256)).sha256).toBe(sha256);
});

it('refuses a model after one flipped byte, after truncation, and one that is not there', () => {
  const { sha256, path } = storeModel(folder, model);
  const file = join(path, 'model.json');
  const bytes = readFileSync(file);
  const flipped = Buffer.from(bytes);
  flipped[100] = (flipped[100] ?? 0) ^ 1;
  for (const altered of [flipped, bytes.subarray(0, bytes.length / 2)]) {
    writeFileSync(file, altered);
    expect(() => loadModel(folder, sha256)).toThrow(expect.objectContaining({ code: 'digest_mismatch' }));
  }
  expect(() => loadModel(folder, 'ffff')).toThrow(expect.objectContaining({ code: 'not_found' }));
});

it('refuses to guess between two, and foreign JSON whose digest is right', () => {
  storeModel(folder, model);
  storeModel(folder, { ...model, options: { ...model.options, seed: 1 } });
  expect(() => loadModel(folder, undefined)).toThrow(expect.objectContaining({ code: 'ambiguous' }));
  const foreign = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'; // SHA-256 of {}
  mkdirSync(join(folder, foreign));
  writeFileSync(join(folder, foreign, 'model.json'), '{}');
  expect(() => loadModel(folder, foreign)).toThrow(expect.objectContaining({ code: 'corrupt' }));
});

it('leaves nothing half-written behind when it cannot store', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => storeModel(join(folder, 'file'), model)).toThrow();
  expect(existsSync(join(folder, 'file', 'model.json'))).toBe(false);
  expect(readdirSync(folder)).toEqual(['file']);
});
