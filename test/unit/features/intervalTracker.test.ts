import { describe, expect, it } from 'vitest';
import { IntervalTracker } from '../../../src/features/intervalTracker.js';
import { record } from '../../fixtures/records.js';

function intervals(...rows: readonly Parameters<typeof record>[]): (number | undefined)[] {
  const tracker = new IntervalTracker();
  return rows.map((row) => tracker.next(record(...row)));
}

describe('an interval', () => {
  it('is the time since the previous request of the same sequence', () => {
    expect(intervals([{ ts: 10 }], [{ ts: 10.5 }], [{ ts: 12 }])).toEqual([undefined, 0.5, 1.5]);
  });

  it('is kept apart by function code, unit, address, sensor and log', () => {
    expect(
      intervals(
        [{ ts: 10 }],
        [{ ts: 11, func: 'READ_HOLDING_REGISTERS' }],
        [{ ts: 12, unit: 2 }],
        [{ ts: 13, address: 7 }],
        [{ ts: 14 }, 'modbus', 'north'],
        [{ ts: 15 }, 'modbus_detailed'],
        [{ ts: 16 }],
      ),
    ).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, 6]);
  });

  it('restarts at another connection, but not between conn.log rows, which are a connection each', () => {
    expect(intervals([{ ts: 10 }], [{ ts: 40, uid: 'C2' }], [{ ts: 41, uid: 'C2' }])).toEqual([
      undefined,
      undefined,
      1,
    ]);
    expect(intervals([{ ts: 10 }, 'conn'], [{ ts: 70, uid: 'C2' }, 'conn'])).toEqual([undefined, 60]);
  });

  it('goes on between two connections that are open side by side, from when the first comes back', () => {
    const rows = ['C1', 'C2', 'C1', 'C2', 'C3', 'C3'].map((uid, i): [{ ts: number; uid: string }] => [
      { ts: 10 + i, uid },
    ]);
    expect(intervals(...rows)).toEqual([undefined, undefined, 1, 1, undefined, 1]);
  });

  it('is none for a response, a late row, or one read twice', () => {
    expect(
      intervals([{ ts: 10 }], [{ ts: 10.1, pdu_type: 'RESP' }], [{ ts: 9 }], [{ ts: 10 }], [{ ts: 11 }]),
    ).toEqual([undefined, undefined, undefined, undefined, 1]);
  });

  it('survives being stored and restored', () => {
    const first = new IntervalTracker();
    first.next(record({ ts: 10 }));
    const second = new IntervalTracker();
    second.restore(JSON.parse(JSON.stringify(first.entries())));
    expect(second.next(record({ ts: 12 }))).toBe(2);
  });

  it('forgets the sequence that was quiet longest beyond its capacity', () => {
    const tracker = new IntervalTracker(undefined, undefined, 2);
    for (const [i, unit] of [1, 2, 1, 3].entries()) tracker.next(record({ ts: 10 + i, unit }));
    expect(tracker.entries()).toHaveLength(2);
    expect(tracker.next(record({ ts: 20, unit: 2 }))).toBeUndefined();
  });
});
