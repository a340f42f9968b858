import { describe, expect, it } from 'vitest';
import {
  type ChainHead,
  linkTo,
  type StoredRecord,
  verifyChain,
} from '../../../src/governance/audit/chain.js';

/** Records as Elasticsearch gives them back, with the author stamped. */
function chainOf(
  length: number,
  author = 'registry',
): { readonly records: StoredRecord[]; readonly heads: ChainHead[] } {
  const records: StoredRecord[] = [];
  const heads: ChainHead[] = [];
  for (let i = 1; i <= length; i++) {
    const content = {
      message: `act ${i}`,
      event: { action: 'test' },
      ot_anomaly: { audit: { part: 'registry' } },
    };
    const { document, head } = linkTo(heads[heads.length - 1], content, author);
    const event = { action: 'test', ingested: '2026-01-01T00:00:00Z' };
    records.push({ id: `${i}`, source: { ...document, event, user: { name: 'registry' } } });
    heads.push(head);
  }
  return { records, heads };
}

const kinds = (...args: Parameters<typeof verifyChain>) =>
  verifyChain(...args).problems.map(({ kind }) => kind);
const alter = (record: StoredRecord | undefined, changed: object): StoredRecord => ({
  id: record?.id ?? '',
  source: { ...(record?.source as object), ...changed },
});

describe('the chain of audit records', () => {
  it('holds as it was written, in whatever order it is read', () => {
    const { records, heads } = chainOf(5);
    const report = verifyChain(
      [...records].reverse(),
      heads.map((head) => ({ ...head, namespace: 'n' })),
    );
    expect(report).toMatchObject({ records: 5, head: heads[4], anchored: 5, problems: [] });
  });

  it('shows a record that was altered, removed, doubled or put beside it', () => {
    const { records } = chainOf(4);
    const [first, second, third] = records;
    expect(kinds([alter(first, { message: 'other' }), ...records.slice(1)], [])).toEqual(['altered']);
    expect(
      kinds(
        records.filter((record) => record !== second),
        [],
      ),
    ).toEqual(['missing']);
    expect(kinds([...records, third ?? { id: '', source: {} }], [])).toEqual(['forked']);
    expect(kinds([...records, { id: 'x', source: { message: 'loose' } }], [])).toEqual(['outside']);
  });

  it('shows a record whose stamped author is not the one it names', () => {
    expect(kinds(chainOf(2, 'somebody').records, [])).toEqual(['author', 'author']);
  });

  it('shows a rewrite with all digests made anew, and a cut end, by the anchors alone', () => {
    const { heads } = chainOf(3);
    const rewritten = chainOf(3, 'registry').records.slice(0, 1);
    const anchors = heads.map((head) => ({ ...head, namespace: 'n' }));
    let head = verifyChain(rewritten, []).head;
    for (const message of ['forged 2', 'forged 3']) {
      const next = linkTo(
        head,
        { message, event: { action: 'test' }, ot_anomaly: { audit: { part: 'registry' } } },
        'registry',
      );
      head = next.head;
      rewritten.push({ id: message, source: { ...next.document, user: { name: 'registry' } } });
    }
    expect(kinds(rewritten, [])).toEqual([]);
    expect(kinds(rewritten, anchors)).toEqual(['anchor', 'anchor']);
    expect(kinds(chainOf(3).records.slice(0, 2), [])).toEqual([]);
    expect(kinds(chainOf(3).records.slice(0, 2), anchors)).toEqual(['anchor']);
  });
});
