import { describe, expect, it } from 'vitest';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { rowsBaseline } from '../../../src/model/training/rowsBaseline.js';
import { train } from '../../../src/model/training/train.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, options } from '../../fixtures/smallModel.js';

const RELATIONS = 700;
const HOURS = 31 * 24;
const HOUR = 3600;

/** One relation that is polled around the clock, among hundreds that speak once a day. */
function rows(): readonly OtRecord[] {
  const busy = Array.from({ length: HOURS }, (_, hour) =>
    Array.from({ length: 12 }, (_, i) => record({ ts: FROM + hour * HOUR + i, uid: 'C' })),
  ).flat();
  const others = Array.from({ length: RELATIONS }, (_, n) =>
    Array.from({ length: 31 }, (_, day) =>
      record({ ts: FROM + day * DAY + n, 'id.resp_h': `10.1.${n >> 8}.${n & 255}` }),
    ),
  ).flat();
  return [...busy, ...others];
}

describe('a plant of many relations', () => {
  it('is read ten rows an hour of each relation, so that none loses its rhythm or its charts to the others', async () => {
    const source = rowsBaseline(rows());
    const limits = new Set<number>();
    const result = await train(
      {
        hourCounts: () => source.hourCounts(),
        parts: (group) => source.parts(group),
        addresses: (group, parts) => source.addresses(group, parts),
        sample: (group, limit, seed) => {
          limits.add(limit);
          return source.sample(group, limit, seed);
        },
      },
      { ...options, rowsPerKey: 20_000, trees: 5, compare: false },
    );
    if ('refusal' in result) throw new Error(result.refusal.reason);
    expect([...limits]).toEqual([10 * HOURS]);
    const { baseline } = result.model;
    expect(baseline.logs['modbus']?.sampled).toBeGreaterThan(RELATIONS * 31 + 7_000);
    const [busy] = Object.entries(baseline.intervals).filter(([key]) => key.includes('|10.0.0.2|'));
    expect(busy?.[1]).toMatchObject({ sight: 'own', runCutOff: expect.any(Number) });
    expect(Object.keys(baseline.drift)).toContain(`interval|${busy?.[0]}`);
  });
});

describe('responses that are logged too', () => {
  it('make no sample of the requests, all of which were seen', async () => {
    const requests = rows().slice(0, 12 * HOURS);
    const both = requests.flatMap(({ ts }) => [
      record({ ts, uid: 'C' }),
      record({ ts: ts + 0.01, uid: 'C', pdu_type: 'RESP' }),
    ]);
    const intervalsOf = async (all: readonly OtRecord[]) => {
      const trained = await train(rowsBaseline(all), { ...options, trees: 5, compare: false });
      if ('refusal' in trained) throw new Error(trained.refusal.reason);
      return trained.model.baseline.intervals;
    };
    const alone = await intervalsOf(requests);
    expect(Object.values(alone)).toMatchObject([{ sight: 'own', runHits: 3 }]);
    expect(await intervalsOf(both)).toEqual(alone);
  });
});
