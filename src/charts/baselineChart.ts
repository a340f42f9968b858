import { type BinAxis, BYTES_AXIS, binOf, INTERVAL_AXIS } from '../features/bins.js';
import type { OtRecord } from '../features/otRecord.js';
import { relationKey, sequenceKey } from '../features/relation.js';
import type { Baseline } from '../model/artifact.js';
import type { BinCounts } from '../model/histogram.js';

/** A distribution of the baseline and where the alert's own value lies in it. */
export interface BaselineChart {
  readonly title: string;
  readonly unit: 's' | 'bytes';
  readonly observed: number;
  /** rows of the baseline */
  readonly rows: number;
  /** ascending; `from` and `to` in `unit`, `share` of the rows, 0 to 1 */
  readonly bars: readonly { readonly from: number; readonly to: number; readonly share: number }[];
  /** the value's place: 0 at the left edge of the first bar, 1 at the right edge of the last */
  readonly place: number;
  /** whether the baseline never held a value like it */
  readonly outside: boolean;
}

const BARS_MAX = 48;

/**
 * What the baseline knows of the numbers of an alert's row. Empty where the relation was never seen: then there is
 * nothing to hold it against, and that is the finding.
 *
 * @param interval seconds, from the alert
 */
export function baselineCharts(
  record: OtRecord,
  interval: number | undefined,
  baseline: Baseline,
): readonly BaselineChart[] {
  const charts: BaselineChart[] = [];
  const sequence = own(baseline.intervals, sequenceKey(record));
  // Pooled bins are multiples of the median, not seconds.
  if (interval !== undefined && sequence !== undefined && sequence.sight === 'own')
    charts.push(
      chart('Interval since the previous such request', 's', interval, sequence.bins, INTERVAL_AXIS),
    );
  const bytes = own(baseline.bytes, relationKey(record));
  if (bytes !== undefined && record.origBytes !== undefined)
    charts.push(chart('Bytes sent by the source', 'bytes', record.origBytes, bytes.orig.bins, BYTES_AXIS));
  if (bytes !== undefined && record.respBytes !== undefined)
    charts.push(
      chart('Bytes sent by the destination', 'bytes', record.respBytes, bytes.resp.bins, BYTES_AXIS),
    );
  return charts.filter(({ rows }) => rows > 0);
}

function chart(
  title: string,
  unit: BaselineChart['unit'],
  observed: number,
  bins: BinCounts,
  axis: BinAxis,
): BaselineChart {
  const at = binOf(observed, axis);
  const known = bins.map(([bin]) => bin);
  const first = Math.min(at, ...known);
  const last = Math.max(at, ...known);
  const step = Math.ceil((last - first + 1) / BARS_MAX);
  const rows = bins.reduce((sum, [, count]) => sum + count, 0);
  const counts = new Map<number, number>();
  for (const [bin, count] of bins) {
    const bar = Math.floor((bin - first) / step);
    counts.set(bar, (counts.get(bar) ?? 0) + count);
  }
  const edge = (bin: number) => Math.max(0, axis.scale * Math.sinh(bin * axis.width));
  const bars = Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, bar) => ({
    from: edge(first + bar * step),
    to: edge(first + (bar + 1) * step),
    share: (counts.get(bar) ?? 0) / Math.max(1, rows),
  }));
  return {
    title,
    unit,
    observed,
    rows,
    bars,
    place: (Math.floor((at - first) / step) + 0.5) / bars.length,
    outside: !known.some((bin) => Math.abs(bin - at) <= 1),
  };
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
