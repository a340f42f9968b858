import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTES_AXIS, binOf, INTERVAL_AXIS } from '../../../src/features/bins.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import type { Baseline } from '../../../src/model/artifact.js';
import { binsHolding, Histogram, HistogramBuilder } from '../../../src/model/histogram.js';
import { Known } from '../../../src/model/known.js';
import { weightedQuantile } from '../../../src/model/quantile.js';
import { tellsRhythm } from '../../../src/model/rhythm.js';
import { rarityCutOff } from '../../../src/model/training/rarityCutOff.js';
import { buildHistograms } from '../../../src/model/training/sampledRows.js';
import { record } from '../../fixtures/records.js';

describe('a histogram', () => {
  it('finds the densest bin usual, and what it never held as rare as its rows allow', () => {
    const histogram = new Histogram([
      [10, 900],
      [11, 99],
      [30, 1],
    ]);
    expect(histogram.surprisal(10)).toBeCloseTo(0, 3);
    expect(histogram.surprisal(30)).toBeCloseTo(Math.log10(1001 / 2), 6);
    expect(histogram.surprisal(50)).toBeCloseTo(Math.log10(1001), 6);
    expect([histogram.isUnseen(50), histogram.isUnseen(12), histogram.isUnseen(30)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([histogram.rarity(30), histogram.rarity(50)]).toEqual([
      histogram.surprisal(30),
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('never finds a denser bin rarer than a thinner one', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.integer({ min: 0, max: 50 }).map((b) => String(b * 3)),
          fc.integer({ min: 1, max: 1_000 }),
          { minKeys: 2 },
        ),
        (counts) => {
          const bins = Object.entries(counts).map(([bin, count]) => [Number(bin), count] as const);
          const histogram = new Histogram(bins);
          const byDensity = [...bins].sort((a, b) => a[1] - b[1]).map(([bin]) => histogram.surprisal(bin));
          expect(byDensity).toEqual([...byDensity].sort((a, b) => b - a));
        },
      ),
      { seed: 1 },
    );
  });

  it('counts in order of bins, whatever the order of rows', () => {
    const [one, other] = [new HistogramBuilder(), new HistogramBuilder()];
    for (const bin of [3, 1, 2, 1]) one.add(bin);
    for (const bin of [1, 1, 2, 3]) other.add(bin);
    expect(one.counts()).toEqual(other.counts());
    expect(binsHolding(0.5, one.counts())).toBe(1);
  });
});

describe('bins', () => {
  it('are about 5 % wide far above the scale, and start at zero', () => {
    expect(binOf(0, INTERVAL_AXIS)).toBe(0);
    expect(binOf(1, INTERVAL_AXIS) - binOf(0.9, INTERVAL_AXIS)).toBeGreaterThanOrEqual(2);
    expect(binOf(1_200, BYTES_AXIS) - binOf(1_000, BYTES_AXIS)).toBeGreaterThanOrEqual(3);
  });
});

describe('a rhythm', () => {
  it.each([
    [0.5, true],
    [0.3, true],
    [1.0, false],
    [1.52, false],
    [1.25, true],
    [30, false],
  ])('of 0.5 s is spoken of by an interval of %d s: %s', (interval, tells) => {
    expect(tellsRhythm(interval, 0.5)).toBe(tells);
  });
});

describe('a rarity cut-off', () => {
  const regular = Array.from({ length: 5_000 }, (_, i) => ({ bin: 100 + (i % 3), fold: i % 5 }));

  it('is the most sensitive one for a key whose held-out days bring nothing new', () => {
    expect(rarityCutOff(regular)).toBe(3);
  });

  it('is none for a key that keeps turning up in new bins', () => {
    const scattered = regular.map((value, i) => (i % 500 === 0 ? { ...value, bin: 1_000 + i } : value));
    expect(rarityCutOff(scattered)).toBeNull();
  });
});

describe('who comes on few days', () => {
  /** 300 requests a second apart on each of so many of thirty days, and of another who is there on each once. */
  const visits = (days: number) => {
    const daily = Array.from({ length: 30 }, (_, day) => ({ source: '10.0.0.1', ts: day * 86_400 }));
    const visitor = Array.from({ length: days * 300 }, (_, i) => ({
      source: '10.0.0.2',
      ts: Math.floor(i / 300) * 86_400 + 3_600 + (i % 300),
    }));
    return [...daily, ...visitor].map(({ source, ts }) => ({
      record: record({ ts, uid: 'C', 'id.orig_h': source }),
      interval: source === '10.0.0.1' ? undefined : 1,
      weight: 1,
    }));
  };
  const sight = (days: number) => Object.values(buildHistograms(visits(days)).intervals)[0]?.sight;

  it('has no rhythm of its own on less than a third of them', () => {
    expect([sight(9), sight(10)]).toEqual(['too-few-days', 'own']);
  });
});

describe('a single odd interval', () => {
  /** A request a second, 600 a day for thirty days; two of these have some odd ones together. */
  const polls = (weight: number, together: number) =>
    Array.from({ length: 18_000 }, (_, i) => ({
      record: record({ ts: Math.floor(i / 600) * 86_400 + (i % 600), uid: 'C' }),
      interval: i % 600 === 599 ? 85_800 : i % 2_400 < together && i < 4_800 ? 0.4 : 1,
      weight,
    }));
  const sequence = (weight: number, together: number) =>
    Object.values(buildHistograms(polls(weight, together)).intervals)[0];

  it('is told of, where no rule of ten is to be had, only if every interval of the month was seen', () => {
    expect(sequence(1, 7)).toMatchObject({ sight: 'own', runCutOff: null, rarityCutOff: expect.any(Number) });
    expect(sequence(100, 7)).toMatchObject({ sight: 'own', runCutOff: null, rarityCutOff: null });
  });

  it('is what tells of a sequence that was seen whole, its pauses too, and of a sample seven of ten', () => {
    expect(sequence(1, 3)).toMatchObject({ runCutOff: null, rarityCutOff: expect.any(Number) });
    expect(sequence(100, 3)).toMatchObject({ runHits: 7, rarityCutOff: null });
  });
});

describe('a single size of connections', () => {
  const DAYS = 30;
  const USUAL = 15_000;
  /** Connections of a poll's size and, on some days, one that carried so many bytes each way. */
  const connections = (oddOnDays: readonly number[], bytes = 12) => {
    const usual = Array.from({ length: USUAL }, (_, i) => ({
      day: (i * DAYS) / USUAL,
      respBytes: 240 + (i % 3),
    }));
    const odd = oddOnDays.map((day) => ({ day: day + 0.5, respBytes: bytes }));
    return [...usual, ...odd].map(({ day, respBytes }, i) => ({
      record: record(
        {
          uid: `C${i}`,
          service: 'modbus',
          ts: day * 86_400,
          orig_bytes: respBytes === bytes ? bytes : 24,
          resp_bytes: respBytes,
        },
        'conn',
      ),
      interval: undefined,
      weight: 3,
    }));
  };
  const isRare = (rows: ReturnType<typeof connections>, respBytes: number, origBytes = 24) => {
    const known = new Known({ ...buildHistograms(rows) } as Baseline);
    return known.bytes({ ...rows[0]?.record, origBytes, respBytes } as OtRecord, 'resp').rare;
  };

  it('that one connection in two thousand had is none that was never seen, and any other size is', () => {
    const rows = connections([1, 5, 9, 12, 18, 23, 27]);
    expect(isRare(rows, 12)).toBe(false);
    expect(isRare(rows, 1_200)).toBe(true);
  });

  it('says nothing where a day had one that no other day had', () => {
    expect(isRare(connections([]), 1_200)).toBe(true);
    expect(isRare(connections([12]), 1_200)).toBe(false);
  });

  it('is none where nothing was carried, whether the sample had such a connection or not', () => {
    const [without, once] = [connections([]), connections([12], 0)];
    expect(isRare(without, 0, 0)).toBe(false);
    expect(isRare(without, 0, 24)).toBe(true);
    expect(isRare(once, 1_200)).toBe(true);
  });
});

describe('an odd size of a source’s connections', () => {
  /** Twenty relations of a host, each with 1,200 answers of one size, or of any (varying); odd ones had another one once. */
  const sizes = (odd: number, varying = 0, source = '10.0.30.1') =>
    Array.from({ length: 20 }, (_, plc) =>
      Array.from({ length: 1_200 }, (_, i) => {
        const isOdd = plc < odd && i === 600;
        const bytes = plc >= 20 - varying ? 20 * 1.1 ** (i % 30) * (i < 600 ? 1 : 40) : 200 + 10 * plc;
        return {
          record: record(
            {
              uid: `C${i}`,
              service: 'modbus',
              ts: (i % 30) * 86_400,
              'id.orig_h': source,
              'id.resp_h': `10.0.10.${plc}`,
              orig_bytes: 12,
              resp_bytes: isOdd ? 9 : Math.round(bytes),
            },
            'conn',
          ),
          interval: undefined,
          weight: 1,
        };
      }),
    ).flat();
  const accused = (rows: ReturnType<typeof sizes>, source = '10.0.30.1') => {
    const known = new Known({ ...buildHistograms(rows) } as Baseline);
    const ofRelation = (plc: number) =>
      rows.find(({ record: r }) => r.destination === `10.0.10.${plc}`)?.record;
    return known.bytes({ ...ofRelation(10), source, respBytes: 9 } as OtRecord, 'resp').rare;
  };

  it('is told of a relation’s first time while none or one of the others had one', () => {
    expect(accused(sizes(0))).toBe(true);
    expect(accused(sizes(1))).toBe(true);
  });

  it('is not told where several had one now and then: others will', () => {
    expect(accused(sizes(2))).toBe(false);
  });

  it('is told of another source all the same, and beside relations that have sizes of any kind', () => {
    const rows = [...sizes(5), ...sizes(0, 0, '10.0.30.2')];
    expect(accused(rows)).toBe(false);
    expect(accused(rows, '10.0.30.2')).toBe(true);
    expect(accused(sizes(0, 5))).toBe(true);
  });
});

describe('a weighted quantile', () => {
  it('counts each value as often as its weight', () => {
    expect(weightedQuantile([3, 1, 2], [1, 1, 98], 0.5)).toBe(2);
    expect(weightedQuantile([3, 1, 2], [1, 1, 1], 0.001)).toBe(1);
  });
});
