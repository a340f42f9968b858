import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../src/model/artifact.js';
import { Scorer } from '../../../src/model/scorer.js';
import { bucketOf, ownsBucket } from '../../../src/scoring/partition.js';
import { type Arrival, type Finding, ScoringStage } from '../../../src/scoring/scoringStage.js';
import { shareOf } from '../../../src/scoring/share.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const PLCS = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];

describe('shares of a site', () => {
  let model: Model;
  beforeAll(async () => {
    const rows = Array.from({ length: 31 * 24 * 40 }, (_, i) =>
      record({ ts: FROM + i * 90, uid: `C${i % 4}`, 'id.resp_h': PLCS[i % 4] }),
    );
    model = await trainOn(rows, { rowsPerKey: 20_000 });
  });

  const arrival = (ts: number, destination: string, source = '10.0.0.1'): Arrival => ({
    index: 'i',
    id: `${ts} ${source} ${destination}`,
    ingested: new Date(ts * 1000).toISOString(),
    document: {},
    row: {
      log: 'modbus',
      sensor: undefined,
      columns: {
        ts,
        uid: 'C1',
        'id.orig_h': source,
        'id.resp_h': destination,
        'id.resp_p': 502,
        unit: 1,
        func: 'READ_COILS',
        pdu_type: 'REQ',
      },
    },
  });
  const told = (findings: readonly Finding[]) =>
    findings.flatMap(({ arrival: { id }, verdict }) =>
      verdict.parts
        .filter(({ score }) => score < -0.15)
        .map((part) => `${id} ${part.detector} ${part.subject}`),
    );

  it('tell together what one scorer tells: a silence by another share’s clock, and a scan over all shares', () => {
    const from = FROM + 32 * DAY;
    const arrivals = Array.from({ length: 400 }, (_, i) =>
      arrival(from + i * 30, PLCS[i < 40 ? i % 4 : 0] ?? ''),
    );
    for (let i = 0; i < 60; i++) arrivals.push(arrival(from + 12_100 + i, `10.0.9.${i}`));
    const run = (stage: ScoringStage) => told([...stage.push(arrivals), ...stage.flush()]);
    const expected = run(new ScoringStage(new Scorer(model), 1)).sort();
    expect(expected.filter((one) => one.includes('silence')).length).toBeGreaterThanOrEqual(3);
    expect(expected.some((one) => one.includes('fan_out'))).toBe(true);
    for (const count of [2, 3, 4]) {
      const together = Array.from({ length: count }, (_, index) =>
        run(new ScoringStage(new Scorer(model), 1, undefined, undefined, shareOf({ index, count }))),
      );
      expect(together.flat().sort()).toEqual(expected);
    }
    const ends = { source: '10.0.0.1', port: 502 };
    const owners = PLCS.map((destination) =>
      ownsBucket({ index: 0, count: 4 }, bucketOf({ ...ends, destination })),
    );
    expect(new Set(owners).size).toBe(2); // else the shares would not have been told apart
  });

  it.each([
    ['as it should be', 700, 2],
    ['as text', '700', 2],
    ['beyond all buckets', 5_000, 3],
    ['below all buckets', -3, 0],
    ['several', [300, 700], 1],
  ])('are of the document’s own word, %s', (_, bucket, index) => {
    const document = { kept: { bucket } };
    const owners = [0, 1, 2, 3].filter((own) =>
      shareOf({ index: own, count: 4 }, { bucketField: 'kept.bucket' }).ownsArrival(
        { ...arrival(FROM, '10.0.0.2'), document },
        record({}),
      ),
    );
    expect(owners).toEqual([index]);
  });

  it.each([undefined, null, '', 'many', []])('are of the hash where the document says %j', (bucket) => {
    const row = record({});
    const owned = (index: number, bucketField?: string) =>
      shareOf({ index, count: 4 }, { bucketField }).ownsArrival(
        { ...arrival(FROM, '10.0.0.2'), document: { kept: { bucket } } },
        row,
      );
    for (const index of [0, 1, 2, 3]) {
      expect(owned(index, 'kept.bucket')).toBe(owned(index));
      expect(owned(index)).toBe(ownsBucket({ index, count: 4 }, bucketOf(row)));
    }
  });
});
