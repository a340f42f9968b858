import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawFaults } from '../../src/simulator/faults.js';
import { Heap } from '../../src/simulator/heap.js';
import { LOG_NAMES, SCENARIOS, type SimulatedRow } from '../../src/simulator/index.js';
import { childKey, rootKey } from '../../src/simulator/random.js';
import { recordedStretches } from '../../src/simulator/thinning.js';
import { HOUR, SECOND } from '../../src/simulator/time.js';
import { DAY, record, START, text } from '../unit/simulator/recorded.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Some hours at any time of two weeks, of a small plant, recorded in any measure, with any scenario. */
const simulations = (longest: number, ...observed: readonly number[]) =>
  fc
    .record({
      seed: seeds,
      plcs: fc.integer({ min: 2, max: 4 }),
      from: fc.integer({ min: 0, max: 14 * DAY }),
      seconds: fc.integer({ min: 300, max: longest }),
      observe: fc.constantFrom(...observed),
      scenario: fc.constantFrom(...SCENARIOS),
      share: fc.double({ min: 0, max: 0.9, noNaN: true }),
    })
    .map(({ from, scenario, share, ...rest }) => ({
      ...rest,
      from: START + from + 0.123456,
      protocols: [scenario.protocol],
      scenarios: [{ name: scenario.name, at: START + from + 1 + share * (rest.seconds - 2) }],
      logs: LOG_NAMES,
    }));
const thin = simulations(DAY, 0.5, 3, 20);
const whole = simulations(700, 3600);

const lines = (rows: readonly SimulatedRow[]) => rows.map((row) => JSON.stringify(row));

describe('a simulation', () => {
  it('gives its rows in the order in which they are written, stamped no later, none from before or after', () => {
    fc.assert(
      fc.property(fc.oneof(thin, whole), (options) => {
        const { rows } = record(options);
        const wrong = rows.filter(({ writtenAt, row }, i) => {
          const ts = Number(row['ts']);
          const before = rows[i - 1]?.writtenAt ?? Number.NEGATIVE_INFINITY;
          const after = options.from + options.seconds;
          return writtenAt < before || ts > writtenAt || ts < options.from - 1e-6 || writtenAt >= after;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('gives the same for the same', () => {
    fc.assert(
      fc.property(thin, (options) => {
        expect(lines(record(options).rows)).toEqual(lines(record(options).rows));
      }),
      { numRuns: 8 },
    );
  });

  it('links the logs: one connection a uid, and no message outside its connection', () => {
    fc.assert(
      fc.property(fc.oneof(thin, whole), (options) => {
        const { rows } = record(options);
        const conns = rows.filter(({ log }) => log === 'conn');
        const byUid = new Map(conns.map((row) => [text(row, 'uid'), row]));
        expect(byUid.size).toBe(conns.length);
        const ends = new Map<string, string>();
        const wrong = rows.filter((row) => {
          const uid = text(row, 'uid');
          const four = ['id.orig_h', 'id.orig_p', 'id.resp_h'].map((column) => text(row, column)).join(' ');
          const known = ends.get(uid) ?? four;
          ends.set(uid, known);
          const conn = byUid.get(uid)?.row;
          const [ts, begins] = [Number(row.row['ts']), Number(conn?.['ts'] ?? 0)];
          const outside = ts < begins || ts > begins + Number(conn?.['duration'] ?? 1e12);
          return known !== four || (row.log !== 'conn' && outside) || !/^C[0-9A-Za-z]{15,17}$/.test(uid);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('recorded thinly is a part of the same simulation recorded whole', () => {
    fc.assert(
      fc.property(whole, fc.constantFrom(0.5, 3, 20, 200), (options, observe) => {
        const all = new Set(lines(record(options).rows));
        expect(lines(record({ ...options, observe }).rows).filter((line) => !all.has(line))).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });
});

describe('recorded stretches', () => {
  it('hold at least eight cycles, lie apart, and come at least once a shift', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 100_000, max: 60 * SECOND }),
        fc.double({ min: 0.1, max: 3599, noNaN: true }),
        (seed, period, observeSecondsPerHour) => {
          const stretches = recordedStretches(
            { observeSecondsPerHour },
            childKey(rootKey(seed), 'x'),
            period,
          );
          let at = START * SECOND;
          let last = at;
          for (let n = 0; n < 30; n++) {
            const stretch = stretches(at);
            expect(stretch.to).toBeGreaterThan(at);
            expect(stretch.to - stretch.from).toBeGreaterThanOrEqual(Math.min(8 * period, HOUR));
            expect(stretch.from - last).toBeLessThanOrEqual(16 * HOUR);
            expect(stretches(Math.max(at, stretch.from))).toEqual(stretch);
            last = stretch.to;
            at = stretch.to;
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('faults', () => {
  it('come in order, within the connection, at about their rate', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, reads) => {
        const faults = drawFaults(rootKey(seed), 100_000, reads);
        for (const [i, { request }] of faults.entries()) {
          expect(request).toBeGreaterThan(faults[i - 1]?.request ?? -1);
          expect(request).toBeLessThan(100_000 * reads);
        }
        const expected = 7.6e-4 * 100_000 * reads;
        expect(Math.abs(faults.length - expected)).toBeLessThan(7 * Math.sqrt(expected));
      }),
    );
  });
});

describe('Heap', () => {
  it('gives back what it holds in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const item of items) heap.push(item);
        const popped = Array.from({ length: heap.size }, () => heap.pop());
        expect(popped).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });
});
