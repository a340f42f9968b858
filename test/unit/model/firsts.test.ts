import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/model/artifact.js';
import { novelty } from '../../../src/model/detectors/novelty.js';
import { Firsts } from '../../../src/model/firsts.js';
import { Known } from '../../../src/model/known.js';
import { record } from '../../fixtures/records.js';

function firsts(alike: number, did: number): boolean {
  const counted = new Firsts();
  for (let i = 0; i < alike; i++) counted.add('host', i < did);
  return counted.areUsual('host');
}

describe('a first time', () => {
  it.each<[alike: number, did: number, usual: boolean]>([
    [0, 0, false],
    [1, 1, false],
    [50, 0, false],
    [50, 1, false], // 0.98 of the other 49
    [50, 2, true],
    [50, 48, true],
    [50, 49, false],
    [50, 50, false],
    [4, 2, true],
    [3, 1, false],
  ])('of one of %i of which %i did it before: usual %s', (alike, did, usual) => {
    expect(firsts(alike, did)).toBe(usual);
  });

  it('of a source says nothing of another', () => {
    const counted = new Firsts();
    for (let i = 0; i < 50; i++) counted.add('one', i < 5);
    expect([counted.areUsual('one'), counted.areUsual('another')]).toEqual([true, false]);
    expect(counted.usual()).toEqual(['one']);
  });
});

describe('the first exception', () => {
  const plcs = Array.from({ length: 20 }, (_, i) => `10.0.10.${i + 1}`);
  const read = (plc: string, func: string, more: Record<string, unknown> = {}) =>
    record({ 'id.orig_h': '10.0.30.1', 'id.resp_h': plc, func, ...more });
  /** A source that reads holding registers of 20 PLCs, so many of which answered with an exception now and then. */
  const known = (refusing: number) => {
    const structure: Record<string, Record<string, number>> = {
      ...{ source: {}, destination: {}, pair: {}, port: {}, unit: {}, functionCode: {} },
    };
    const exceptions: Record<string, { rows: number; exceptions: number }> = {};
    const see = (plc: string, func: string, refused: number) => {
      const { source, destination, port, protocol, unit, log } = read(plc, func);
      const keys = [source, `${source}|${destination}`, `${source}|${destination}|${port}|${protocol}`];
      Object.assign(structure['source'] ?? {}, { [source]: 30 });
      Object.assign(structure['destination'] ?? {}, { [destination]: 30 });
      Object.assign(structure['pair'] ?? {}, { [String(keys[1])]: 30 });
      Object.assign(structure['port'] ?? {}, { [String(keys[2])]: 30 });
      Object.assign(structure['unit'] ?? {}, { [`${keys[2]}|${unit}`]: 30 });
      Object.assign(structure['functionCode'] ?? {}, { [`${keys[2]}|${unit}|${func}`]: 30 });
      exceptions[`${log}|-|-|${keys[2]}|${unit}|${func}`] = { rows: 7_000, exceptions: refused };
    };
    for (const [i, plc] of plcs.entries()) {
      see(plc, 'READ_HOLDING_REGISTERS', 0);
      if (i < refusing) see(plc, 'READ_HOLDING_REGISTERS_EXCEPTION', 1);
    }
    return new Known({
      structure,
      exceptions,
      daysWithData: 30,
      logs: { modbus: { rows: 140_000, sampled: 140_000 } },
    } as unknown as Baseline);
  };
  const score = (refusing: number, func: string, plc = plcs[19] ?? '', more = {}) =>
    novelty(undefined, known(refusing)).judge({ record: read(plc, func, more), interval: undefined }).score;
  const REFUSED = 'READ_HOLDING_REGISTERS_EXCEPTION';

  it('of a relation is news where none of the source’s others had one', () => {
    expect(score(0, REFUSED)).toBe(-0.3);
    expect(score(1, REFUSED)).toBe(-0.3);
  });

  it('is none where some of them had one now and then', () => {
    expect(score(2, REFUSED)).toBe(0.5);
  });

  it('of a function that was never asked for is news, and so is that function, and a stranger’s', () => {
    expect(score(5, 'WRITE_SINGLE_COIL_EXCEPTION')).toBe(-0.3);
    expect(score(5, 'WRITE_SINGLE_COIL')).toBe(-0.3);
    expect(score(5, REFUSED, plcs[19], { 'id.orig_h': '10.0.66.6' })).toBe(-0.5);
  });
});
