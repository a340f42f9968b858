import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupKey, relationKey, sequenceKey, structureKeys } from '../../../src/features/relation.js';
import { Places } from '../../../src/model/places.js';
import { record } from '../../fixtures/records.js';

const everyKey = (r: Parameters<typeof sequenceKey>[0]) =>
  JSON.stringify([
    ...Object.values(structureKeys).map((key) => key(r)),
    relationKey(r),
    sequenceKey(r),
    groupKey(r),
  ]);

it('gives what the function gives, however many places came before, names that join to the same key included', () => {
  const names = fc.constantFrom('a', 'b', 'a|b', '|', '', '-', '__proto__', 'constructor');
  const rows = fc.record({
    log: fc.constantFrom('modbus', 'conn'),
    sensor: names,
    source: names,
    destination: names,
    port: fc.constantFrom(502, 503),
    unit: names,
    functionCode: names,
    address: fc.constantFrom(undefined, 0, 1),
    quantity: fc.constantFrom(undefined, 1),
  });
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (changes, capacity) => {
      const once = new Places(() => true, capacity).once(everyKey);
      for (const changed of changes) {
        const row = { ...record({}), ...changed };
        expect(once(row)).toBe(everyKey(row));
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('works a place out once, and again when it was forgotten', () => {
  let derived = 0;
  const once = new Places(() => true, 2).once(({ unit }) => {
    derived += 1;
    return unit;
  });
  const ask = (...units: readonly number[]) => units.map((unit) => once(record({ unit, ts: derived })));
  ask(1, 1, 2, 1);
  expect(derived).toBe(2);
  ask(3, 4, 5, 6);
  expect(derived).toBe(6);
  ask(1);
  expect(derived).toBe(7);
});

it('remembers what the baseline knows however many strangers come', () => {
  const asked: number[] = [];
  const isKnown = ({ unit }: ReturnType<typeof record>) => Number(unit) < 10;
  const once = new Places(isKnown, 10, 2).once(({ unit }) => asked.push(Number(unit)));
  const ask = (...units: readonly number[]) => units.map((unit) => once(record({ unit })));
  ask(1, 2, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111);
  asked.length = 0;
  ask(1, 2, 111, 100);
  expect(asked).toEqual([100]);
});
