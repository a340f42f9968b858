import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NodeError } from '../../../../src/elasticsearch/node/nodeError.js';
import { reachableBy, runUser } from '../../../../src/elasticsearch/node/runUser.js';
import { temporaryFolder } from './temporaryFolder.js';

const root = 'root:x:0:0:root:/root:/bin/sh';
const daemon = 'daemon:x:1:1::/:/bin/false';
const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/bin/false';
const ann = 'ann:x:1000:1001:Ann,,,:/home/ann:/bin/sh';

describe('runUser', () => {
  it('changes nothing for an ordinary user', () => expect(runUser(1000, () => root)).toBeUndefined());

  it('turns root into nobody', () =>
    expect(runUser(0, () => [root, ann, nobody].join('\n'))).toEqual({
      name: 'nobody',
      uid: 65534,
      gid: 65533,
    }));

  it('turns root into the first ordinary user where there is no nobody', () =>
    expect(runUser(0, () => [root, daemon, '# ann:x:1:1', ann].join('\n'))?.name).toBe('ann'));

  it('refuses when there is neither', () =>
    expect(() => runUser(0, () => [root, daemon].join('\n'))).toThrow(NodeError));
});

describe('reachableBy', () => {
  const stranger = { name: 'stranger', uid: 54_321, gid: 54_321 };

  it('needs every folder above to be open', () => {
    const folder = temporaryFolder();
    const inner = join(folder, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    expect(reachableBy(stranger, inner)).toBe(false);
    chmodSync(folder, 0o711);
    expect(reachableBy(stranger, inner)).toBe(true);
    chmodSync(join(folder, 'a'), 0o700);
    expect(reachableBy(stranger, inner)).toBe(false);
  });

  it('is false for what is not there', () =>
    expect(reachableBy(stranger, join(temporaryFolder(), 'none'))).toBe(false));

  it('is taken for granted when the user stays the same', () =>
    expect(reachableBy(undefined, '/none')).toBe(true));
});
