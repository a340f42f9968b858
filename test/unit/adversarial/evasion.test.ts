import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EvasionAttack, judge, type Scene } from '../../../src/adversarial/evasion/evasion.js';
import { jitteredIntervals } from '../../../src/adversarial/evasion/jitteredIntervals.js';
import { lowAndSlow } from '../../../src/adversarial/evasion/lowAndSlow.js';
import { mimicry } from '../../../src/adversarial/evasion/mimicry.js';
import { newFunctionCode } from '../../../src/adversarial/evasion/newFunctionCode.js';
import { readers, strangerOf } from '../../../src/adversarial/evasion/roles.js';
import { secondConnection } from '../../../src/adversarial/evasion/secondConnection.js';
import { setPointJump } from '../../../src/adversarial/evasion/setPointJump.js';
import { slowScan } from '../../../src/adversarial/evasion/slowScan.js';
import { whiteBox } from '../../../src/adversarial/evasion/whiteBox.js';
import { writeElsewhere } from '../../../src/adversarial/evasion/writeElsewhere.js';
import { groupsOfModel, keyOf, zeekRow } from '../../../src/adversarial/group.js';
import { type OtRecord, toOtRecord } from '../../../src/features/otRecord.js';
import { groupKey } from '../../../src/features/relation.js';
import type { Model } from '../../../src/model/artifact.js';
import { rootKey } from '../../../src/simulator/random.js';
import { SCORED_LOG_TYPES } from '../../../src/zeek/scoredLogs.js';
import { record } from '../../fixtures/records.js';
import { regularRows } from '../../fixtures/regularRelation.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const writer = '10.0.0.8';
/** An operator who writes one register now and then. */
function writes(from: number, to: number): OtRecord[] {
  const rows: OtRecord[] = [];
  for (let ts = from + 9 * 3600; ts < to; ts += 7_000)
    rows.push(
      record(
        {
          ts,
          uid: `W${ts}`,
          'id.orig_h': writer,
          func: 'WRITE_SINGLE_REGISTER',
          request_response: 'REQUEST',
          address: 0,
          quantity: 1,
          request_values: [500 + (rows.length % 7)],
        },
        'modbus_detailed',
      ),
    );
  return rows;
}

let model: Model;
const day = FROM + 32 * DAY;
beforeAll(async () => {
  const to = FROM + 31 * DAY;
  model = await trainOn([...regularRows(FROM, to, 1), ...writes(FROM, to)], {
    rowsPerKey: 20_000,
    trees: 30,
  });
});

const scene = (of: Model): Scene => ({ model: of, day, key: rootKey(5) });
const outcome = (attack: EvasionAttack, of: Model) => {
  const attempt = attack.attempt(scene(of));
  if (attempt === undefined) throw new Error('nothing to try');
  return judge(of, attempt);
};

describe('evasion', () => {
  it.each(
    [newFunctionCode, mimicry, slowScan, writeElsewhere].map((attack) => [attack.name, attack] as const),
  )('is caught from its first record: %s', (_, attack) => {
    expect(outcome(attack, model)).toMatchObject({ unseen: 0, firstDetectionSeconds: 0 });
  });

  it('succeeds against a model that learnt the attack', async () => {
    const to = FROM + 31 * DAY;
    const source = strangerOf(model);
    const attacker = regularRows(FROM, to, 2).map((row) => ({ ...row, source }));
    const poisoned = await trainOn([...regularRows(FROM, to, 1), ...attacker], {
      rowsPerKey: 20_000,
      trees: 30,
    });
    const attempt = mimicry.attempt(scene(model));
    if (attempt === undefined) throw new Error('nothing to try');
    const { goal, unseen } = judge(poisoned, attempt);
    expect(unseen).toBe(goal);
  });

  it('says how much of a writer’s own writes stays unseen: up to the fifteenth of a shift, where it wrote four', () => {
    expect(outcome(lowAndSlow, model)).toMatchObject({ unseen: 14, detectors: ['write_rate'] });
  });

  it('has nothing to write elsewhere, or far off, where no writer has a settled set of addresses, or a range of values', () => {
    const { writtenAddresses: _, writtenValues: __, ...baseline } = model.baseline;
    for (const attack of [writeElsewhere, setPointJump])
      expect(attack.attempt(scene({ ...model, baseline }))).toBeUndefined();
  });

  it('finds a second connection between the polls within a few of them', () => {
    const { unseen, firstDetectionSeconds } = outcome(secondConnection, model);
    expect(unseen).toBeLessThan(5);
    expect(firstDetectionSeconds).not.toBeNull();
  });

  it('draws intervals that the baseline holds, one by one', () => {
    const attempt = jitteredIntervals.attempt(scene(model));
    const times = attempt?.rows.map(({ columns }) => Number(columns['ts'])) ?? [];
    expect(times.length).toBe(200);
    for (const [i, ts] of times.entries()) {
      if (i === 0) continue;
      expect(ts - (times[i - 1] ?? 0)).toBeGreaterThan(0.97);
      expect(ts - (times[i - 1] ?? 0)).toBeLessThan(1.03);
    }
  });
});

describe('the white-box search', () => {
  const goal = { registers: 100, hours: 8 };

  it('finds nothing for a host that never wrote to the device', () => {
    expect(whiteBox(scene(model), goal, 'stranger-to-writing', 0)).toMatchObject({
      goal: 100,
      unseen: 0,
      passed: true,
    });
  });

  it('finds the writer’s way, says how much stays unseen, and fails a floor that is lower', () => {
    const found = whiteBox(scene(model), goal, 'writer', 5);
    expect(found).toMatchObject({ goal: 100, unseen: 9, floor: 5, passed: false });
    expect(found?.what).toContain('WRITE_SINGLE_REGISTER');
    expect(whiteBox(scene(model), goal, 'writer', null)?.passed).toBe(true);
  });

  it('beats a model whose novelty has gone: with every function learnt a reader writes unseen', () => {
    const reader = readers(model)[0];
    if (reader === undefined) throw new Error('no reader');
    const { structure } = model.baseline;
    const functionCode = { ...structure.functionCode };
    for (const func of ['WRITE_MULTIPLE_REGISTERS', 'WRITE_SINGLE_REGISTER'])
      functionCode[
        `${reader.source}|${reader.destination}|${reader.port}|${reader.protocol}|${reader.unit}|${func}`
      ] = 31;
    const lax = { ...model, baseline: { ...model.baseline, structure: { ...structure, functionCode } } };
    expect(whiteBox(scene(lax), goal, 'stranger-to-writing', 0)).toMatchObject({
      unseen: 100,
      passed: false,
    });
  });

  it('gives the same plan for the same seed', () => {
    expect(whiteBox(scene(model), goal, 'writer', 0)).toEqual(whiteBox(scene(model), goal, 'writer', 0));
  });
});

describe('rows of an attack', () => {
  it('are of the group that they were written for, as the scorer reads them', () => {
    for (const group of groupsOfModel(model)) {
      const read = toOtRecord(zeekRow(group, { ts: 1, uid: 'C' }));
      expect(read === undefined ? undefined : groupKey(read)).toBe(keyOf(group));
    }
  });

  it('are so for every log, whatever its function code, unit, sensor or VLAN', () => {
    const logs = Object.keys(SCORED_LOG_TYPES).filter(
      (log) => SCORED_LOG_TYPES[log as keyof typeof SCORED_LOG_TYPES].functionCode.length > 0,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...logs),
        fc.constantFrom('-', '100', '100.7'),
        fc.constantFrom('-', 'north'),
        fc.constantFrom('READ_COILS', 'DIRECT_OPERATE'),
        (log, vlan, sensor, functionCode) => {
          const type = SCORED_LOG_TYPES[log as keyof typeof SCORED_LOG_TYPES];
          const group = {
            log,
            sensor,
            vlan,
            source: '10.0.0.1',
            destination: '10.0.0.2',
            port: 502,
            protocol: type.protocol ?? 'modbus',
            unit: type.unit.length > 0 ? '3' : '-',
            functionCode,
          } as const;
          const read = toOtRecord(zeekRow(group, { ts: 1, uid: 'C' }));
          expect(read === undefined ? undefined : groupKey(read)).toBe(keyOf(group));
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});
