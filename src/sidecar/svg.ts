import type { BaselineChart } from '../charts/baselineChart.js';
import { escapeMarkup } from './render.js';

const WIDTH = 320;
const HEIGHT = 84;
const BASE = 62;

/**
 * A chart as inline SVG: bars of the baseline, a mark at the observed value, both ends of the axis in words. Its text
 * alternative says what it shows; colours come from the page's style sheet.
 */
export function chartSvg(chart: BaselineChart): string {
  const { bars, place, title } = chart;
  const tallest = Math.max(...bars.map(({ share }) => share), 1e-9);
  const width = WIDTH / bars.length;
  const drawn = bars
    .map(({ share }, i) => {
      if (share === 0) return '';
      // A single row among thousands must still be seen.
      const height = Math.max(2, (share / tallest) * (BASE - 14));
      return `<rect class="bar" x="${(i * width).toFixed(1)}" y="${(BASE - height).toFixed(1)}" width="${Math.max(1, width - 1).toFixed(1)}" height="${height.toFixed(1)}"/>`;
    })
    .join('');
  const x = (place * WIDTH).toFixed(1);
  return [
    `<svg role="img" class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">`,
    `<title>${escapeMarkup(`${title}: ${chartWords(chart)}`)}</title>`,
    drawn,
    `<line class="axis" x1="0" y1="${BASE}" x2="${WIDTH}" y2="${BASE}"/>`,
    `<line class="observed" x1="${x}" y1="4" x2="${x}" y2="${BASE + 4}"/>`,
    `<text class="tick" x="0" y="${HEIGHT - 6}">${escapeMarkup(quantity(bars[0]?.from ?? 0, chart.unit))}</text>`,
    `<text class="tick" x="${WIDTH}" y="${HEIGHT - 6}" text-anchor="end">${escapeMarkup(quantity(bars.at(-1)?.to ?? 0, chart.unit))}</text>`,
    '</svg>',
  ].join('');
}

/** What a chart shows, for who can't see it and who wants it exact. */
export function chartWords({ observed, unit, rows, outside, bars }: BaselineChart): string {
  const seen = bars.filter(({ share }) => share > 0);
  const range = `${quantity(seen[0]?.from ?? 0, unit)} to ${quantity(seen.at(-1)?.to ?? 0, unit)}`;
  const verdict = outside ? 'The baseline never held a value like it.' : 'The baseline held such values.';
  return `observed ${quantity(observed, unit)}; ${rows} rows of the baseline lie from ${range}. ${verdict}`;
}

function quantity(value: number, unit: 's' | 'bytes'): string {
  if (unit === 'bytes') return `${Math.round(value)} bytes`;
  return value < 1 ? `${Number((value * 1000).toPrecision(3))} ms` : `${Number(value.toPrecision(4))} s`;
}
