import { describe, expect, it } from 'vitest';
import { groupKey, relationKey, sequenceKey } from '../../../src/features/relation.js';
import { seriesKeysOf } from '../../../src/model/series.js';
import {
  bucketOf,
  bucketOfKey,
  ownsBucket,
  parsePartition,
  partitionName,
  partitionOfName,
} from '../../../src/scoring/partition.js';
import { record } from '../../fixtures/records.js';

describe('a partition', () => {
  it.each([1, 2, 3, 4, 7, 64])(
    'of %i owns a share of the buckets, and each bucket belongs to one',
    (count) => {
      const shares = Array.from({ length: count }, () => 0);
      for (let bucket = 0; bucket < 1024; bucket++) {
        const owners = shares.flatMap((_, index) => (ownsBucket({ index, count }, bucket) ? [index] : []));
        expect(owners).toHaveLength(1);
        shares[owners[0] ?? 0] = (shares[owners[0] ?? 0] ?? 0) + 1;
      }
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    },
  );

  it.each([-1, 1024, 32_767])('owns bucket %i too, which should not exist', (bucket) => {
    const owners = [0, 1, 2].filter((index) => ownsBucket({ index, count: 3 }, bucket));
    expect(owners).toEqual([bucket < 0 ? 0 : 2]);
  });

  it('finds the bucket of a record in every key that detectors make of it', () => {
    for (const source of ['10.0.0.1', '10.0.0.77', 'fd00::1']) {
      const row = record({ source, sensor: 's', vlan: '7.8', address: 4, quantity: 2 });
      const { interval, origBytes, respBytes, values } = seriesKeysOf(row);
      const answers = `answers|${relationKey(row)}`;
      for (const key of [sequenceKey(row), groupKey(row), interval, origBytes, respBytes, answers, ...values])
        expect(bucketOfKey(key), key).toBe(bucketOf(row));
    }
  });

  it.each(['2/2', '0/0', '1', '-1/2', '0/65', '1/2/3', ''])('is not %j', (text) => {
    expect(parsePartition(text)).toBeUndefined();
  });

  it('is known again by its name', () => {
    const partition = parsePartition('1/3');
    expect(partition).toEqual({ index: 1, count: 3 });
    if (partition === undefined) return;
    expect(partitionOfName('north', partitionName('north', partition))).toEqual(partition);
    expect(partitionName('north', { index: 0, count: 1 })).toBe('north');
    expect(partitionOfName('north', 'north-shadow')).toBeUndefined();
    expect(partitionOfName('nor', partitionName('north', partition))).toBeUndefined();
  });
});
