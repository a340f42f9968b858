import { describe, expect, it } from 'vitest';
import {
  type ChainHead,
  linkTo,
  type StoredRecord,
  verifyChain,
} from '../../../src/governance/audit/chain.js';

const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();

/** Records as Elasticsearch gives them back, with the author stamped. */
function chainOf(
  length: number,
  author = 'registry',
): { readonly records: StoredRecord[]; readonly heads: ChainHead[] } {
  const records: StoredRecord[] = [];
  const heads: ChainHead[] = [];
  for (let i = 1; i <= length; i++) {
    const at = minute(i);
    const content = {
      '@timestamp': at,
      message: `act ${i}`,
      event: { action: 'test' },
      ot_anomaly: { audit: { part: 'registry' } },
    };
    const { document, head } = linkTo(heads[heads.length - 1], content, author);
    const event = { action: 'test', ingested: at };
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
        {
          '@timestamp': minute(3),
          message,
          event: { action: 'test' },
          ot_anomaly: { audit: { part: 'registry' } },
        },
        'registry',
      );
      head = next.head;
      const event = { action: 'test', ingested: minute(3) };
      rewritten.push({ id: message, source: { ...next.document, event, user: { name: 'registry' } } });
    }
    expect(kinds(rewritten, [])).toEqual([]);
    expect(kinds(rewritten, anchors)).toEqual(['anchor', 'anchor']);
    expect(kinds(chainOf(3).records.slice(0, 2), [])).toEqual([]);
    expect(kinds(chainOf(3).records.slice(0, 2), anchors)).toEqual(['anchor']);
  });

  describe('and their clocks', () => {
    /** A chain whose records say that they are of `written`, and were taken at `ingested`; minutes. */
    const timed = (...times: readonly (readonly [written: unknown, ingested: number])[]) => {
      let head: ChainHead | undefined;
      return times.map(([written, ingested], i): StoredRecord => {
        const event = { action: 'test' };
        const content = { '@timestamp': written, event, ot_anomaly: { audit: { part: 'scorer' } } };
        const next = linkTo(head, content, 'scorer');
        head = next.head;
        const stamped = { event: { ...event, ingested: minute(ingested) }, user: { name: 'scorer' } };
        return { id: `${i}`, source: { ...next.document, ...stamped } };
      });
    };
    const lines = (...times: readonly (readonly [written: unknown, ingested: number])[]) =>
      verifyChain(timed(...times), []).problems.map(({ kind, message }) => `${kind}: ${message}`);

    it('may differ by five minutes, between hosts and from record to record', () => {
      expect(lines([minute(10), 10], [minute(5), 10], [minute(10), 5])).toEqual([]);
    });

    it('show a backdated record, and one of a time to come, without blaming those that follow', () => {
      expect(lines([minute(10), 10], ['2020-01-01T00:00:00Z', 11], [minute(12), 12])).toEqual([
        'clock: record 2 says it is of 2020-01-01T00:00:00.000Z, Elasticsearch took it at 2026-01-01T00:11:00.000Z',
      ]);
      expect(lines([minute(10), 10], [minute(50), 11], [minute(12), 12])).toEqual([
        'clock: record 2 says it is of 2026-01-01T00:50:00.000Z, Elasticsearch took it at 2026-01-01T00:11:00.000Z',
      ]);
    });

    it('show both clocks set back together', () => {
      expect(lines([minute(30), 30], [minute(10), 10])).toEqual([
        'clock: record 2 says it is of 2026-01-01T00:10:00.000Z, before record 1 of 2026-01-01T00:30:00.000Z',
        "clock: record 2 was taken at 2026-01-01T00:10:00.000Z, before record 1 at 2026-01-01T00:30:00.000Z: Elasticsearch's clock ran backwards",
      ]);
    });

    it('show a record whose arrival an administrator moved, though its digest holds', () => {
      const [first, second] = timed([minute(1), 1], [minute(2), 2]);
      const moved = alter(second, { event: { action: 'test', ingested: minute(40) } });
      expect(kinds([first ?? moved, moved], [])).toEqual(['clock']);
    });

    it('take milliseconds for a time, and tell what is none', () => {
      expect(lines([Date.parse(minute(1)), 1])).toEqual([]);
      expect(lines([{ odd: true }, 1])).toEqual(['clock: record 1 bears no time that can be read']);
      expect(lines([9e15, 1])).toEqual(['clock: record 1 bears no time that can be read']);
    });
  });
});
