import { describe, expect, it } from 'vitest';
import { parseBucketAddress } from '../../../../src/registry/bucket/address.js';
import { BucketError } from '../../../../src/registry/bucket/bucketError.js';
import {
  type Entry,
  entryBytes,
  entryName,
  entryNumber,
  FIRST_PREVIOUS,
  isRegistryPath,
  parseEntry,
} from '../../../../src/registry/bucket/entry.js';

const digest = 'a'.repeat(64);
const entry: Entry = {
  number: 1,
  previous: FIRST_PREVIOUS,
  files: { [`${digest}/model.json`]: { sha256: digest, bytes: 3 } },
};
const changed = (change: object) =>
  parseEntry(Buffer.from(JSON.stringify({ version: 1, ...entry, ...change })));

describe('an entry of the log', () => {
  it('is read as it was written', () => {
    expect(parseEntry(entryBytes(entry))).toEqual(entry);
    expect(entryNumber(entryName(17))).toBe(17);
  });

  it('is none with anything more or less, or of another kind', () => {
    expect(changed({})).toEqual(entry);
    for (const change of [
      { version: 2 },
      { number: 0 },
      { number: 1.5 },
      { previous: 'x' },
      { more: 1 },
      { files: [] },
      { files: { [`${digest}/model.json`]: { sha256: digest, bytes: -1 } } },
      { files: { [`${digest}/model.json`]: { sha256: digest, bytes: 10 ** 12 } } },
    ])
      expect(changed(change), JSON.stringify(change)).toBeUndefined();
    for (const text of ['', 'null', '[]', '{', '\u0000'])
      expect(parseEntry(Buffer.from(text)), text).toBeUndefined();
  });

  it('names files of the registry and nothing outside of it', () => {
    for (const path of [
      'trust/approvers.yaml',
      'deployments/000001.json',
      `${digest}/gate.dsse.json`,
      `requests/${digest}/${digest}.approval.json`,
    ])
      expect(isRegistryPath(path), path).toBe(true);
    for (const path of [
      '../trust/approvers.yaml',
      'trust/../../key',
      'trust/..',
      'trust/.hidden',
      '/etc/passwd',
      'trust//approvers.yaml',
      'trust\\approvers.yaml',
      'deployments/a/b',
      'trust/approvers.yaml\n',
      'trust/%2e%2e',
      'other/file',
      'trust',
      '__proto__',
      '',
    ]) {
      expect(isRegistryPath(path), path).toBe(false);
      expect(
        Object.keys(changed({ files: { [path]: { sha256: digest, bytes: 1 } } })?.files ?? {}),
        path,
      ).toEqual([]);
    }
  });

  it.each([
    '1.json',
    '0000000000001.json',
    '00000000000a.json',
    '000000000001.json.new',
    '-00000000001.json',
  ])('has no such name: %s', (name) => expect(entryNumber(name)).toBeUndefined());
});

describe('the address of a bucket', () => {
  it('is a bucket, with or without a prefix', () => {
    expect(parseBucketAddress('s3://models')).toEqual({ bucket: 'models', prefix: '' });
    expect(parseBucketAddress('s3://plant.models/site-1/ot/')).toEqual({
      bucket: 'plant.models',
      prefix: 'site-1/ot/',
    });
  });

  it.each([
    's3://',
    's3://A',
    's3://ab',
    's3:///prefix',
    's3://models/../x',
    's3://models//x',
    's3://mod els',
    'models',
  ])('is not %s', (text) => expect(() => parseBucketAddress(text)).toThrow(BucketError));
});
