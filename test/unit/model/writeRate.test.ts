import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WriteRates } from '../../../src/model/training/writeRates.js';
import {
  addRequest,
  type HourlyRequests,
  isWriteRequest,
  requestsByWindow,
  WINDOWS,
} from '../../../src/model/writeRate.js';
import { record } from '../../fixtures/records.js';

const write = record({ func: 'WRITE_SINGLE_REGISTER' });
const counted = (hour: number, requests: number) => ({ record: write, hour, requests });

describe('requests in the last hours', () => {
  it('are those that a count from the beginning gives, late ones included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 100, max: 160 }), { minLength: 1 }), (hours) => {
        let state: HourlyRequests | undefined;
        const kept: number[] = [];
        for (const hour of hours) {
          if (state === undefined || hour > state.hour - 24) kept.push(hour);
          state = addRequest(state, hour);
        }
        const newest = Math.max(...hours);
        expect(requestsByWindow(state as HourlyRequests)).toEqual(
          WINDOWS.map((window) => kept.filter((hour) => hour > newest - window.hours).length),
        );
      }),
      { seed: 1 },
    );
  });
});

describe('the most requests of a baseline', () => {
  it('are those of any window, whichever hour it ends with', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 1,
        }),
        (list) => {
          const hours = new Map(list);
          for (const day of [0, 1, 2, 3, 4]) hours.set(1_000 + 48 * day, 1); // on five more days, far apart
          const rates = new WriteRates();
          for (const [hour, requests] of hours) rates.add(counted(hour, requests));
          const most = WINDOWS.map((window) =>
            Math.max(
              ...[...hours.keys()].map((end) =>
                [...hours].reduce(
                  (sum, [hour, n]) => (hour <= end && hour > end - window.hours ? sum + n : sum),
                  0,
                ),
              ),
            ),
          );
          expect(Object.values(rates.most())).toEqual([most]);
        },
      ),
      { seed: 1 },
    );
  });

  it('say nothing of who wrote on fewer than five days, of reads, or of answers', () => {
    const rates = new WriteRates();
    for (const day of [0, 1, 2, 3]) rates.add(counted(24 * day, 3));
    for (let hour = 0; hour < 240; hour++) rates.add({ ...counted(hour, 3), record: record() });
    for (let hour = 0; hour < 240; hour++)
      rates.add({
        ...counted(hour, 0),
        record: record({ 'id.resp_h': '10.0.0.3', func: 'WRITE_SINGLE_COIL' }),
      });
    expect(rates.most()).toEqual({});
    expect(isWriteRequest(record({ func: 'WRITE_SINGLE_REGISTER', pdu_type: 'RESP' }))).toBe(false);
  });
});
