import { describe, expect, it } from 'vitest';
import { draftRoot, readRoot, rootProblems, rotationProblems } from '../../../src/governance/trust/root.js';
import { draftTrust, trustProblems } from '../../../src/governance/trust/trust.js';
import { newPeople, newSigner, rootOf, signedBy, trustOf } from '../../fixtures/people.js';

const people = newPeople();
const now = new Date('2026-05-01T00:00:00Z');
const digests = people.policies.digests;

describe('a root of trust', () => {
  it('may be pinned when enough of its own keys signed it, and not with one, or after its end', async () => {
    expect(rootProblems(await rootOf(people), now)).toEqual([]);
    const root = readRoot('root', await rootOf(people));
    expect(rootProblems(await signedBy(draftRoot(root), people.rootSigners.slice(0, 1)), now)[0]).toContain(
      'signed by 1 of its own keys, 2 are needed',
    );
    expect(rootProblems(await rootOf(people), new Date('2030-01-01T00:00:00Z'))[0]).toContain('expired');
  });

  it('is replaced by the next version that old and new keys signed, and by nothing else', async () => {
    const old = readRoot('root', await rootOf(people));
    const fresh = [newSigner(), newSigner(), newSigner()];
    const next = draftRoot({ ...old, version: 2, keys: fresh.map(({ publicKey }) => publicKey) });
    const both = await signedBy(next, [...people.rootSigners.slice(0, 2), ...fresh.slice(0, 2)]);
    expect(rotationProblems(old, both, now)).toEqual([]);
    expect(rotationProblems(old, await signedBy(next, fresh), now)[0]).toContain('keys of the pinned root');
    expect(rotationProblems(old, await signedBy(next, people.rootSigners), now)[0]).toContain(
      'of its own keys',
    );
    const skipping = draftRoot({ ...old, version: 3 });
    expect(rotationProblems(old, await signedBy(skipping, people.rootSigners), now)[0]).toContain(
      'expected version 2',
    );
  });
});

describe('policies and approvers are relied on', () => {
  const root = async () => readRoot('root', await rootOf(people));

  it('when enough root keys signed exactly them', async () => {
    expect(trustProblems(await root(), await trustOf(people), digests, 1, now)).toEqual([]);
    const one = await signedBy(draftTrust(1, '2030-01-01T00:00:00Z', digests), people.rootSigners.slice(2));
    expect(trustProblems(await root(), one, digests, 1, now)[0]).toContain(
      'signed by 1 root keys, 2 are needed',
    );
    const strangers = await signedBy(draftTrust(1, '2030-01-01T00:00:00Z', digests), [
      newSigner(),
      newSigner(),
    ]);
    expect(trustProblems(await root(), strangers, digests, 1, now)[0]).toContain('signed by 0');
  });

  it('not after a file changed, after the end, or when an older version comes back', async () => {
    const changed = { ...digests, retraining_policy: '0'.repeat(64) };
    expect(trustProblems(await root(), await trustOf(people), changed, 1, now)[0]).toContain(
      'retraining_policy changed without a signature',
    );
    expect(
      trustProblems(await root(), await trustOf(people, 1, '2026-04-01T00:00:00Z'), digests, 1, now)[0],
    ).toContain('expired');
    expect(trustProblems(await root(), await trustOf(people, 1), digests, 2, now)[0]).toContain(
      'older than 2',
    );
  });
});
