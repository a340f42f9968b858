import { describe, expect, it } from 'vitest';
import { baselineCharts } from '../../../src/charts/baselineChart.js';
import { binOf, INTERVAL_AXIS } from '../../../src/features/bins.js';
import { sequenceKey } from '../../../src/features/relation.js';
import { chartSvg, chartWords } from '../../../src/sidecar/svg.js';
import { record } from '../../fixtures/records.js';

describe('a chart against the baseline', () => {
  const row = record();
  const baseline = {
    intervals: {
      [sequenceKey(row)]: {
        n: 1000,
        median: 0.5,
        cycle: 0.5,
        sight: 'own' as const,
        bins: [
          [binOf(0.5, INTERVAL_AXIS), 990],
          [binOf(1, INTERVAL_AXIS), 10],
        ] as [number, number][],
        rarityCutOff: 2,
        runCutOff: 2,
      },
    },
    bytes: {},
  };
  const charts = (interval: number) =>
    baselineCharts(row, interval, baseline as unknown as Parameters<typeof baselineCharts>[2]);

  it('places a usual value within, and one never seen outside and at its end', () => {
    const [usual] = charts(0.5);
    expect(usual).toMatchObject({ unit: 's', rows: 1000, outside: false });
    const tallest = [...(usual?.bars ?? [])].sort((a, b) => b.share - a.share)[0];
    expect(tallest?.share).toBe(0.99);
    expect((tallest?.from ?? 9) <= 0.5 && 0.5 <= (tallest?.to ?? 0)).toBe(true);
    const [late] = charts(30);
    expect(late?.outside).toBe(true);
    expect(late?.place).toBeGreaterThan(0.97);
    expect(late?.bars.length).toBeLessThanOrEqual(49);
    expect(chartWords(late as NonNullable<typeof late>)).toContain('observed 30 s');
    expect(chartSvg(late as NonNullable<typeof late>)).toMatch(
      /^<svg role="img"[\s\S]*<title>.*never held a value like it/,
    );
  });

  it('draws nothing where the baseline has nothing of the relation', () => {
    expect(
      baselineCharts(
        { ...row, source: '10.9.9.9' },
        1,
        baseline as unknown as Parameters<typeof baselineCharts>[2],
      ),
    ).toEqual([]);
  });
});
