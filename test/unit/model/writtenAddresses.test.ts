import { describe, expect, it } from 'vitest';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { ALERT_LINE } from '../../../src/model/artifact.js';
import { writtenAddress } from '../../../src/model/detectors/writtenAddress.js';
import { Known } from '../../../src/model/known.js';
import { rowsBaseline } from '../../../src/model/training/rowsBaseline.js';
import { addToGroup, type BaselineSource } from '../../../src/model/training/train.js';
import { writtenAddresses } from '../../../src/model/training/writtenAddresses.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const WINDOW = { from: FROM, to: FROM + 31 * DAY };

/** A write on each of these days. */
function writes(address: number, days: readonly number[], columns: Record<string, unknown> = {}): OtRecord[] {
  return days.map((day) =>
    record(
      {
        ts: FROM + day * DAY + 3_600,
        func: 'WRITE_MULTIPLE_REGISTERS',
        address,
        quantity: 2,
        request_response: 'REQUEST',
        ...columns,
      },
      'modbus_detailed',
      typeof columns['sensor'] === 'string' ? columns['sensor'] : undefined,
    ),
  );
}

const days = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

async function learn(rows: readonly OtRecord[], window = WINDOW, daysWithData = 31) {
  const source: BaselineSource = rowsBaseline(rows);
  const groups = new Map<string, { readonly example: OtRecord; rows: number }>();
  for await (const count of source.hourCounts()) addToGroup(groups, count);
  return writtenAddresses([...groups.values()], window, daysWithData, (group, parts) =>
    source.addresses(group, parts),
  );
}

const KEY = 'modbus_detailed|10.0.0.1|10.0.0.2|502|modbus|1|WRITE_MULTIPLE_REGISTERS';

describe('what a writer writes to', () => {
  it('is every address with its quantity, where each was written on three days and all of them on five', async () => {
    expect(await learn([...writes(40, days(4)), ...writes(8, days(3, 2))])).toEqual({
      [KEY]: ['40|2', '8|2'],
    });
  });

  it('is nothing to hold anything against where one address was written on two days only, or there were four days in all', async () => {
    expect(await learn([...writes(40, days(31)), ...writes(41, [3, 9])])).toEqual({});
    expect(await learn(writes(40, days(4)))).toEqual({});
    expect(await learn(writes(40, days(5)))).toEqual({ [KEY]: ['40|2'] });
  });

  it('counts a day once, however often it was written to', async () => {
    expect(await learn([...writes(40, days(31)), ...writes(41, [3, 3, 3, 9])])).toEqual({});
  });

  it('says nothing of reads, of answers, of rows without an address, and of more addresses than are kept', async () => {
    expect(await learn(writes(40, days(31), { func: 'READ_HOLDING_REGISTERS' }))).toEqual({});
    expect(await learn(writes(40, days(31), { request_response: 'RESPONSE' }))).toEqual({});
    expect(await learn(writes(40, days(31), { address: undefined }))).toEqual({});
    const many = (n: number) => learn(days(n).flatMap((address) => writes(address, days(5))));
    expect((await many(256))[KEY]?.length).toBe(256);
    expect(await many(257)).toEqual({});
  });

  it('is what all sensors saw of it together', async () => {
    const seenBy = (sensor: string, address: number, on: readonly number[]) =>
      writes(address, on, { sensor });
    expect(
      await learn([...seenBy('a', 40, days(5)), ...seenBy('b', 41, [1, 2]), ...seenBy('a', 41, [3])]),
    ).toEqual({ [KEY]: ['40|2', '41|2'] });
    const odd = await learn([...seenBy('a', 40, days(5)), ...seenBy('b', 41, [1, 2])]);
    expect(odd).toEqual({});
  });

  it('of a capture of hours is what its fifths had', async () => {
    const window = { from: FROM + 1_000, to: FROM + 1_000 + 5 * 600 };
    const at = (address: number, fifths: readonly number[]) =>
      fifths.flatMap((fifth) => writes(address, [0], { ts: window.from + fifth * 600 + 5 }));
    expect(await learn([...at(40, days(5)), ...at(41, [0, 2, 4])], window, 1)).toEqual({
      [KEY]: ['40|2', '41|2'],
    });
    expect(await learn([...at(40, days(5)), ...at(41, [0, 2])], window, 1)).toEqual({});
  });
});

describe('a known writer', () => {
  const known = async () => {
    const points = days(31).map((day) =>
      record(
        { ts: FROM + day * DAY, function_code: 'DIRECT_OPERATE', index_number: 3, 'id.resp_p': 20_000 },
        'dnp3_control',
      ),
    );
    const instances = days(31).map((day) =>
      record(
        {
          ts: FROM + day * DAY,
          cip_service: 'Set Attribute Single',
          class_id: '0x04',
          instance_id: '0x65',
          direction: 'request',
          'id.resp_p': 44_818,
        },
        'cip',
      ),
    );
    const model = await trainOn([...writes(40, days(31)), ...points, ...instances], {
      trees: 5,
      compare: false,
    });
    const detector = writtenAddress(model, new Known(model.baseline));
    const judge = (row: OtRecord) => detector.judge({ record: row, interval: undefined });
    return { judge, point: points[0] as OtRecord, instance: instances[0] as OtRecord };
  };
  const [usual] = writes(40, [32]) as [OtRecord];

  it('is told of from its first write where it never wrote, of any protocol that has addresses', async () => {
    const { judge, point, instance } = await known();
    for (const row of [usual, point, instance]) {
      expect(judge(row)).toMatchObject({ score: 0.5, evidence: [] });
      expect(judge({ ...row, address: 99 }).score).toBeLessThan(ALERT_LINE);
      expect(judge({ ...row, address: 99 }).evidence).toMatchObject([
        { feature: 'writtenAddress', daysSeen: 0 },
      ]);
    }
    expect(judge({ ...instance, address: 99 }).evidence[0]?.usual).toBe('address 101');
  });

  it('is told of for another quantity at a known address, and not for reads, answers, or rows without address', async () => {
    const { judge } = await known();
    expect(judge({ ...usual, quantity: 120 }).score).toBeLessThan(ALERT_LINE);
    expect(judge({ ...usual, address: 99, kind: 'response' }).score).toBe(0.5);
    expect(judge({ ...usual, address: 99, functionCode: 'READ_HOLDING_REGISTERS' }).score).toBe(0.5);
    expect(judge({ ...usual, address: undefined, quantity: undefined }).score).toBe(0.5);
  });

  it('is left to structure where it is no known writer: another source, or another function', async () => {
    const { judge } = await known();
    expect(judge({ ...usual, source: '10.0.0.77', address: 99 }).score).toBe(0.5);
    expect(judge({ ...usual, functionCode: 'WRITE_SINGLE_REGISTER', address: 99 }).score).toBe(0.5);
  });

  it('is known by a sensor that never saw it before', async () => {
    const { judge } = await known();
    expect(judge({ ...usual, sensor: 'another' }).score).toBe(0.5);
    expect(judge({ ...usual, sensor: 'another', address: 99 }).score).toBeLessThan(ALERT_LINE);
  });
});
