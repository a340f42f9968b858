import type { Result } from './rounds.js';

/** A panel of the plot: bars of speed as a multiple of the first contender's, on a logarithmic axis. */
export interface Panel {
  readonly title: string;
  readonly results: readonly Result[];
}

const WIDTH = 900;
const LEFT = 290;
const BAR = 22;
const SCALE = { from: 0.01, to: 1000 };

/** Draws the panels one below the other as an SVG document. */
export function plot(panels: readonly Panel[]): string {
  let y = 10;
  const parts: string[] = [];
  for (const { title, results } of panels) {
    parts.push(text(10, y + 18, title, 'font-weight="bold"'));
    y += 30;
    for (const { name, threads, ratio, rowsPerSecond } of results) {
      const end = x(ratio);
      const origin = x(1);
      const label = `${name}, ${threads} thread${threads === 1 ? '' : 's'}`;
      parts.push(
        text(LEFT - 8, y + 15, label, 'text-anchor="end"'),
        `<rect x="${Math.min(origin, end).toFixed(1)}" y="${y}" width="${Math.max(1, Math.abs(end - origin)).toFixed(1)}" height="${BAR - 6}" fill="${name.startsWith('this') ? '#0b6e99' : '#b0b7bd'}"/>`,
        text(
          Math.max(end, origin) + 6,
          y + 14,
          `× ${ratio.toPrecision(3)}   ${Math.round(rowsPerSecond).toLocaleString('en')} rows/s`,
          '',
        ),
      );
      y += BAR;
    }
    y += 16;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${y}" fill="white"/>
${parts.join('\n')}
</svg>
`;
}

function x(ratio: number): number {
  const share = Math.log(ratio / SCALE.from) / Math.log(SCALE.to / SCALE.from);
  return LEFT + Math.max(0, Math.min(1, share)) * (WIDTH - LEFT - 190);
}

function text(at: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${at.toFixed(1)}" y="${y}" ${attributes}>${escaped}</text>`;
}
