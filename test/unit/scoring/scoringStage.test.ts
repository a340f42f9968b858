import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../src/model/artifact.js';
import { Scorer } from '../../../src/model/scorer.js';
import { anomalyId, groupId } from '../../../src/scoring/anomalyId.js';
import { GroupLedger } from '../../../src/scoring/groupLedger.js';
import { ReorderBuffer } from '../../../src/scoring/reorderBuffer.js';
import { type Arrival, type Finding, ScoringStage } from '../../../src/scoring/scoringStage.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

describe('the reorder buffer', () => {
  const row = (ts: number, arrivedAt = ts + 1, stream = 's') => ({ ts, arrivedAt, stream });

  it('releases everything that is not late in order of time, and once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        (times, lateness) => {
          const buffer = new ReorderBuffer(lateness);
          const out: number[] = [];
          let accepted = 0;
          for (const ts of times) {
            if (buffer.push(row(ts))) accepted += 1;
            out.push(...buffer.release().map((released) => released.ts));
          }
          out.push(...buffer.flush().map((released) => released.ts));
          expect(out).toHaveLength(accepted);
          expect(out).toEqual([...out].sort((a, b) => a - b));
          expect(buffer.size).toBe(0);
        },
      ),
      { seed: 1 },
    );
  });

  it('refuses a late row and takes one of another stream', () => {
    const buffer = new ReorderBuffer(5);
    buffer.push(row(100));
    expect(buffer.push(row(94))).toBe(false);
    expect(buffer.push(row(95))).toBe(true);
    expect(buffer.push(row(10, 11, 'other'))).toBe(true);
  });

  it('is not run ahead by a clock that runs fast', () => {
    const buffer = new ReorderBuffer(5);
    buffer.push(row(5_000, 100));
    expect(buffer.push(row(99, 101))).toBe(true);
  });
});

describe('the scoring stage', () => {
  let model: Model;
  beforeAll(async () => {
    // One master, one request a second for ten minutes a day, 31 days.
    const rows = Array.from({ length: 31 * 600 }, (_, i) =>
      record({ ts: FROM + Math.floor(i / 600) * DAY + (i % 600), uid: `C${Math.floor(i / 600)}` }),
    );
    model = await trainOn(rows, { rowsPerKey: 20_000 });
  });

  let n = 0;
  const arrival = (columns: Record<string, unknown>): Arrival => {
    const ts = Number(columns['ts']);
    const row = {
      log: 'modbus',
      sensor: undefined,
      columns: {
        uid: 'C9',
        'id.orig_h': '10.0.0.1',
        'id.orig_p': 1,
        'id.resp_h': '10.0.0.2',
        'id.resp_p': 502,
        unit: 1,
        func: 'READ_COILS',
        pdu_type: 'REQ',
        ...columns,
      },
    };
    n += 1;
    return {
      index: 'i',
      id: String(n),
      ingested: new Date((ts + 1) * 1000).toISOString(),
      document: {},
      row,
    };
  };
  const times = (findings: readonly Finding[]) =>
    findings.map(({ observation }) => Math.round((observation.record.ts - FROM) * 10) / 10);

  it('tells a structure that is new at once and a rhythm that is new behind the watermark', () => {
    const stage = new ScoringStage(new Scorer(model), 5);
    const t = FROM + 40 * DAY;
    expect(times(stage.push([arrival({ ts: t, 'id.orig_h': '203.0.113.9' })]))).toEqual([40 * DAY]);
    // Three of ten intervals are too short at the last of these, which the watermark has not passed yet.
    expect(times(stage.push([0, 1, 2, 2.4, 2.8, 3.2].map((s) => arrival({ ts: t + s }))))).toEqual([]);
    expect(times(stage.push([arrival({ ts: t + 8.5 })]))).toEqual([40 * DAY + 3.2]);
    expect(stage.takeCounts()).toMatchObject({ read: 8, late: 0, unreadable: 0 });
  });

  it('finds the same whatever the order of arrival within the lateness', () => {
    const t = FROM + 41 * DAY;
    const seconds = [0, 1, 1.4, 1.8, 2.2, 2.6, 3.6, 4.6];
    const run = (order: readonly number[]) => {
      const stage = new ScoringStage(new Scorer(model), 10);
      const found = order.flatMap((s) => stage.push([arrival({ ts: t + s })]));
      return times([...found, ...stage.flush()]).sort((a, b) => a - b);
    };
    const expected = run(seconds);
    expect(expected).toEqual([2.2, 2.6, 3.6, 4.6].map((s) => 41 * DAY + s));
    fc.assert(
      fc.property(fc.shuffledSubarray(seconds, { minLength: seconds.length }), (order) => {
        expect(run(order)).toEqual(expected);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('judges a late row by structure only, and counts it', () => {
    const stage = new ScoringStage(new Scorer(model), 1);
    const t = FROM + 42 * DAY;
    stage.push([arrival({ ts: t + 10 })]);
    expect(
      times(stage.push([arrival({ ts: t + 1 }), arrival({ ts: t + 2, func: 'WRITE_SINGLE_COIL' })])),
    ).toEqual([42 * DAY + 2]);
    expect(stage.takeCounts()).toMatchObject({ late: 2 });
  });

  it('judges no interval where it is told to abstain, judges structure all the same, and counts', () => {
    const t = FROM + 43 * DAY;
    const lossy = t + 3;
    const stage = new ScoringStage(new Scorer(model), 5, ({ ts }) =>
      ts < lossy ? 'sensor north loses 12 % of its packets' : undefined,
    );
    // Were the short one at 2.4 judged, the third of them would be that at 4.2.
    const seconds = [0, 1, 2, 2.4, 3.4, 3.8, 4.2, 4.6];
    const found = stage.push(seconds.map((s) => arrival({ ts: t + s })));
    const new_ = stage.push([arrival({ ts: t + 1.5, func: 'WRITE_SINGLE_COIL' })]);
    expect(times(new_)).toEqual([43 * DAY + 1.5]);
    expect(times([...found, ...stage.flush()])).toEqual([43 * DAY + 4.6]);
    expect(stage.takeCounts()).toMatchObject({ scored: 9, abstained: 3 });
  });

  it('counts what is no industrial traffic', () => {
    const stage = new ScoringStage(new Scorer(model), 1);
    stage.push([{ ...arrival({ ts: FROM }), row: undefined }, arrival({ ts: FROM, 'id.resp_h': undefined })]);
    expect(stage.takeCounts()).toMatchObject({ read: 2, unreadable: 2 });
  });
});

describe('ids', () => {
  it('are the same before and after a rollover of the source stream', () => {
    const group = { key: 'k', shift: 1, kind: 'rhythm' } as const;
    const id = anomalyId('m', group, '.ds-logs-ot_zeek.modbus-default-2026.01.01-000001', 'x');
    expect(anomalyId('m', group, '.ds-logs-ot_zeek.modbus-default-2026.02.01-000002', 'x')).toBe(id);
    expect(anomalyId('m', group, '.ds-logs-ot_zeek.conn-default-2026.01.01-000001', 'x')).not.toBe(id);
    expect(anomalyId('other', group, '.ds-logs-ot_zeek.modbus-default-2026.01.01-000001', 'x')).not.toBe(id);
  });

  it('of an alert are those of the group and its shift', () => {
    const group = { key: 'k', shift: 1, kind: 'rhythm' } as const;
    expect(groupId('m', group)).toBe(groupId('m', { ...group }));
    expect(groupId('m', { ...group, shift: 2 })).not.toBe(groupId('m', group));
  });
});

describe('the group ledger', () => {
  const group = { key: 'k', shift: 1, kind: 'attempts' } as const;

  it('tells the first at once, a bounded number more, then one a minute, and what is left when asked', () => {
    const ledger = new GroupLedger<number>();
    const told = Array.from({ length: 200 }, (_, i) => ledger.take(group, `s${i}`, i, i).told);
    expect(told[0]).toBe('alert');
    expect(told.filter((what) => what === 'still-seen').length).toBe(25 + 3);
    expect([...ledger.due(200)]).toEqual([]);
    expect([...ledger.due(300)]).toEqual([{ group, record: 199, count: { records: 200, sources: 200 } }]);
    expect([...ledger.due(301, true)]).toEqual([]);
  });

  it('keeps other keys and other shifts apart, and forgets the quietest beyond its capacity', () => {
    const ledger = new GroupLedger<number>(2);
    expect(ledger.take(group, 's', 0, 0).told).toBe('alert');
    expect(ledger.take({ ...group, shift: 2 }, 's', 0, 0).told).toBe('alert');
    expect(ledger.take(group, 's', 0, 0).told).toBe('still-seen');
    expect(ledger.take({ ...group, key: 'other' }, 's', 0, 0).told).toBe('alert');
    expect(ledger.size).toBe(2);
    expect(ledger.take({ ...group, shift: 2 }, 's', 0, 0).told).toBe('alert');
  });

  it('tells no more sources of all groups apart than it may, and makes room with what it forgets', () => {
    const ledger = new GroupLedger<number>(2, 10);
    const sources = (key: string) =>
      Array.from({ length: 8 }, (_, i) => ledger.take({ ...group, key }, `s${i}`, 0, i).count.sources).at(-1);
    expect([sources('one'), sources('two'), sources('three')]).toEqual([8, 2, 8]);
  });
});
