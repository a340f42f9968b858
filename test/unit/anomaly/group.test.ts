import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../../src/anomaly/group.js';
import { functionClass } from '../../../src/features/functionClass.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import { ALERT_LINE } from '../../../src/model/artifact.js';
import type { Part } from '../../../src/model/detectors/detector.js';
import { record } from '../../fixtures/records.js';

const SAFETY = '10.0.0.9';
const isListed = (address: string) => address === SAFETY;

/** What novelty says of a record some of whose parts the baseline never saw. */
function novelty(features: readonly string[]): Part {
  return {
    detector: 'novelty',
    score: -0.4,
    evidence: features.map((feature) => ({ feature, observed: '', usual: '', text: '', daysSeen: 0 })),
  };
}

function groupOf(one: OtRecord, features: readonly string[]) {
  const [own] = groupsOf(
    one,
    { score: -0.4, parts: [novelty(features)], alertLine: ALERT_LINE, anomalous: true },
    isListed,
  );
  if (own === undefined) throw new Error('no group');
  return own.group;
}

const FUNCTIONS = [
  'READ_COILS',
  'READ_HOLDING_REGISTERS',
  'WRITE_SINGLE_COIL',
  'WRITE_MULTIPLE_REGISTERS',
  'PROGRAM_484',
  'DIAGNOSTICS',
  'ENCAP_INTERFACE_TRANSPORT',
  'unknown-101',
];
const records = fc
  .record({
    source: fc.constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.3'),
    destination: fc.constantFrom('10.0.0.1', '10.0.0.2', SAFETY),
    unit: fc.constantFrom(1, 2),
    func: fc.constantFrom(...FUNCTIONS),
    log: fc.constantFrom('modbus', 'conn'),
    bytes: fc.constantFrom(0, 12),
    ts: fc.constantFrom(1_000, 20_000, 30_000),
    sensor: fc.constantFrom('north', 'south'),
  })
  .map(({ source, destination, unit, func, log, bytes, ts, sensor }) => {
    const ends = { ts, 'id.orig_h': source, 'id.resp_h': destination };
    return log === 'conn'
      ? record({ ...ends, orig_bytes: bytes, resp_bytes: bytes }, log, sensor)
      : record({ ...ends, unit, func }, log, sensor);
  });
const features = fc.subarray(['source', 'destination', 'pair', 'functionCode'], { minLength: 1 });
const isAttempt = ({ kind, origBytes }: OtRecord) => kind === 'connection' && origBytes === 0;

describe('a group', () => {
  it('absorbs no other peer, no function that is not a read, no other asset, no safety asset', () => {
    fc.assert(
      fc.property(records, features, records, features, (one, ofOne, other, ofOther) => {
        const [a, b] = [groupOf(one, ofOne), groupOf(other, ofOther)];
        if (a.key !== b.key) return;
        if (isAttempt(one) || isAttempt(other)) {
          // Attempts that carried nothing: many sources of one asset, or one source and addresses nobody knows.
          expect([isAttempt(one), isAttempt(other)]).toEqual([true, true]);
          const fromOne = a.key.startsWith('attempts|from');
          if (fromOne) expect([one.source, isListed(one.destination)]).toEqual([other.source, false]);
          else expect(one.destination).toBe(other.destination);
          return;
        }
        expect([one.source, one.destination, one.port]).toEqual([
          other.source,
          other.destination,
          other.port,
        ]);
        const [classOne, classOther] = [one, other].map((r) => functionClass(r.protocol, r.functionCode));
        if (classOne !== 'read' || classOther !== 'read')
          expect([one.functionCode, one.unit]).toEqual([other.functionCode, other.unit]);
      }),
      { seed: 1, numRuns: 5_000 },
    );
  });

  it('is the same for two sensors that saw the same, and another in another shift', () => {
    const seenBy = (sensor: string) => groupOf(record({}, 'modbus', sensor), ['pair']);
    expect(seenBy('north')).toEqual(seenBy('south'));
    expect(groupOf(record({ ts: 8 * 3600 - 1 }), ['pair']).shift).toBe(0);
    expect(groupOf(record({ ts: 8 * 3600 }), ['pair']).shift).toBe(1);
  });

  it('of a record is no chart’s: what fan-out or drift say of it are groups of their own', () => {
    const chart: Part = { detector: 'fan_out', subject: '10.0.0.2|502', score: -0.2, evidence: [] };
    const write = record({ func: 'WRITE_SINGLE_COIL' });
    const groups = groupsOf(
      write,
      { score: -0.4, parts: [novelty(['source']), chart], alertLine: ALERT_LINE, anomalous: true },
      isListed,
    );
    expect(groups.map(({ group, parts }) => [group.kind, parts.map(({ detector }) => detector)])).toEqual([
      ['communication', ['novelty']],
      ['fan_out', ['fan_out']],
    ]);
  });
});
