import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BucketError } from '../../../../src/registry/bucket/bucketError.js';
import { BucketMirror } from '../../../../src/registry/bucket/bucketMirror.js';
import { entryBytes, entryName } from '../../../../src/registry/bucket/entry.js';
import type { ObjectStore } from '../../../../src/registry/bucket/objectStore.js';
import { sha256 } from '../../../../src/registry/digest.js';

/** A bucket in memory, which can be laid hands on. */
class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, Buffer>();
  isAway = false;
  overwrites = false;
  reads = 0;

  async list(prefix: string, after: string, limit: number) {
    this.#answer();
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after);
    return keys.sort().slice(0, limit);
  }
  async read(key: string, maxBytes: number) {
    this.#answer();
    this.reads++;
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new BucketError('not_found', key, '');
    if (bytes.byteLength > maxBytes) throw new BucketError('too_large', key, '');
    return bytes;
  }
  async create(key: string, bytes: Uint8Array) {
    this.#answer();
    if (this.objects.has(key) && !this.overwrites) return false;
    this.objects.set(key, Buffer.from(bytes));
    return true;
  }
  close() {}
  #answer() {
    if (this.isAway) throw new BucketError('unreachable', 'no answer', '');
  }
}

let store: MemoryStore;
let folder: string;
let hosts: number;
beforeEach(() => {
  store = new MemoryStore();
  folder = mkdtempSync(join(tmpdir(), 'bucket-'));
  hosts = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A host of its own, or the same one again. */
const host = (name = `host-${++hosts}`) => new BucketMirror(store, 'site/', join(folder, name));
const files = (text: string, path = 'trust/approvers.yaml') => new Map([[path, Buffer.from(text)]]);
const copyOf = (mirror: BucketMirror, path = 'trust/approvers.yaml') =>
  readFileSync(join(mirror.folder, path), 'utf8');
const logKey = (number: number) => `site/log/${entryName(number)}`;

describe('a registry in a bucket', () => {
  it('is read by other hosts as it was written, and only what is new is fetched', async () => {
    const [writer, reader] = [host(), host()];
    await writer.add(files('one'));
    expect(await reader.pull()).toEqual([]);
    await writer.add(files('two'));
    await writer.add(files('deployed', 'deployments/000001.json'));
    expect(await reader.pull()).toEqual([]);
    expect([copyOf(reader), copyOf(reader, 'deployments/000001.json')]).toEqual(['two', 'deployed']);
    const before = store.reads;
    expect(await reader.pull()).toEqual([]);
    expect(store.reads).toBe(before);
    expect([...store.objects.keys()].filter((key) => key.startsWith('site/log/'))).toHaveLength(3);
  });

  it('writes nothing again that is there', async () => {
    const writer = host();
    await writer.add(files('one'));
    const before = new Map(store.objects);
    await writer.add(files('one'));
    expect(store.objects).toEqual(before);
  });

  it('lets two writers at once both write, and gives one number to one of them', async () => {
    const [a, b] = [host(), host()];
    await Promise.all([a.add(files('one')), b.add(files('two', 'trust/other.yaml'))]);
    await Promise.all([a.pull(), b.pull()]);
    expect([copyOf(a), copyOf(b), copyOf(a, 'trust/other.yaml')]).toEqual(['one', 'one', 'two']);
    const results = await Promise.allSettled(
      [a, b].map((mirror, i) => mirror.add(files(`${i}`, 'deployments/000001.json'), { fresh: true })),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('takes no second content for what may be written once', async () => {
    const [a, b] = [host(), host()];
    await a.add(files('first', 'deployments/000001.json'), { fresh: true });
    await expect(b.add(files('second', 'deployments/000001.json'), { fresh: true })).rejects.toThrow(
      /there already/,
    );
    expect(copyOf(b, 'deployments/000001.json')).toBe('first');
  });

  it('is not written to where the store overwrites', async () => {
    store.overwrites = true;
    await expect(host().add(files('one'))).rejects.toMatchObject({ code: 'overwrites' });
    expect([...store.objects.keys()]).toEqual(['site/registry.json']);
  });

  it('changes nothing while the bucket is away, and keeps what was read', async () => {
    const mirror = host();
    await mirror.add(files('one'));
    store.isAway = true;
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'unreachable' });
    await expect(mirror.add(files('two'))).rejects.toMatchObject({ code: 'unreachable' });
    expect(copyOf(mirror)).toBe('one');
    expect([host('host-1').hasCopy, host().hasCopy]).toEqual([true, false]);
  });

  it('mends a copy that was changed or cut off on this host', async () => {
    const mirror = host();
    await mirror.add(files('one'));
    writeFileSync(join(mirror.folder, 'trust', 'approvers.yaml'), 'o');
    const again = host('host-1');
    expect(await again.pull()).toEqual([]);
    expect(copyOf(again)).toBe('one');
  });
});

describe('whoever writes to the bucket by hand', () => {
  it('swaps no object unseen', async () => {
    await host().add(files('one'));
    store.objects.set(`site/objects/${sha256('one')}`, Buffer.from('two'));
    const reader = host();
    expect(await reader.pull()).toEqual([expect.stringMatching(/approvers.yaml: its object .* is altered/)]);
    expect(() => copyOf(reader)).toThrow();
    store.objects.delete(`site/objects/${sha256('one')}`);
    expect(await reader.pull()).toEqual([expect.stringMatching(/is missing/)]);
    store.objects.set(`site/objects/${sha256('one')}`, Buffer.from('one'));
    expect(await reader.pull()).toEqual([]);
    expect(copyOf(reader)).toBe('one');
  });

  it('rewrites or removes no entry that a host has read, unseen', async () => {
    const [writer, reader] = [host(), host()];
    await writer.add(files('one'));
    await reader.pull();
    const entry = store.objects.get(logKey(1)) ?? Buffer.alloc(0);
    const contents = { 'trust/approvers.yaml': { sha256: sha256('other'), bytes: 5 } };
    store.objects.set(logKey(1), entryBytes({ number: 1, previous: '0'.repeat(64), files: contents }));
    const again = host('host-2');
    expect(await again.pull()).toEqual([expect.stringMatching(/entry 1 of the log was rewritten/)]);
    expect(copyOf(again)).toBe('one');
    store.objects.delete(logKey(1));
    expect(await host('host-2').pull()).toEqual([expect.stringMatching(/entry 1 of the log was removed/)]);
    store.objects.set(logKey(1), entry);
    expect(await host('host-2').pull()).toEqual([]);
  });

  it('stops nobody by rubbish in the log: it is passed over, and what follows counts', async () => {
    const [writer, reader] = [host(), host()];
    await writer.add(files('one'));
    store.objects.set(logKey(2), Buffer.from('rubbish'));
    store.objects.set(logKey(3), Buffer.alloc(2 * 1024 * 1024));
    store.objects.set('site/log/zzz', Buffer.from(''));
    await writer.add(files('two'));
    expect(await reader.pull()).toEqual([
      'entry 2 of the log is none that was written after 1',
      'entry 3 of the log is none that was written after 2',
      'site/log/zzz is no entry of the log',
    ]);
    expect(copyOf(reader)).toBe('two');
  });

  it('takes no number away: entries beyond a gap wait until it is filled', async () => {
    const [writer, reader] = [host(), host()];
    await writer.add(files('one'));
    store.objects.set(logKey(999_999), Buffer.from('far'));
    expect(await reader.pull()).toEqual(['entry 2 of the log is missing, 999999 is there']);
    await writer.add(files('two'));
    await reader.pull();
    expect(copyOf(reader)).toBe('two');
  });

  it('writes no file outside of the registry', async () => {
    const evil = {
      number: 1,
      previous: '0'.repeat(64),
      version: 1,
      files: { 'trust/../../../x': { sha256: sha256('x'), bytes: 1 } },
    };
    store.objects.set(logKey(1), Buffer.from(JSON.stringify(evil)));
    store.objects.set(`site/objects/${sha256('x')}`, Buffer.from('x'));
    const reader = host();
    expect(await reader.pull()).toEqual(['entry 1 of the log is none that was written after 0']);
    expect(() => readFileSync(join(folder, 'x'))).toThrow();
  });

  it('has no object in place of one that is to be written', async () => {
    store.objects.set(`site/objects/${sha256('one')}`, Buffer.from('squatted'));
    await expect(host().add(files('one'))).rejects.toMatchObject({ code: 'altered' });
    expect(store.objects.has(logKey(1))).toBe(false);
  });
});
