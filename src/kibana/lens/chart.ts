import type { KibanaDataView } from '../dataView.js';
import type { Column } from './column.js';

/** What documents a chart is about, and how it is shown. */
interface Common {
  readonly title: string;
  readonly view: KibanaDataView;
  /** in Lucene's language */
  readonly where?: string;
  readonly description?: string;
  /** Controls and filters of the dashboard don't narrow it; its time range does. */
  readonly ignoresControls?: true;
}

export type Chart =
  | (Common & { readonly shape: 'metric'; readonly value: Column })
  | (Common & {
      readonly shape: 'bar_stacked' | 'bar_horizontal_stacked' | 'line' | 'area_stacked';
      readonly x: Column;
      readonly split?: Column;
      readonly values: readonly Column[];
    })
  | (Common & {
      readonly shape: 'table';
      readonly by: readonly Column[];
      readonly values: readonly Column[];
      /** one of `values`, and which comes first; without, in the order of the buckets */
      readonly sorted?: { readonly by: Column; readonly direction: 'asc' | 'desc' };
    })
  | (Common & { readonly shape: 'donut'; readonly by: Column; readonly value: Column })
  | (Common & {
      readonly shape: 'heatmap';
      readonly x: Column;
      readonly y: Column;
      readonly value: Column;
    });

/** The columns of a chart in the order in which Lens nests their buckets, metrics last. */
export function columnsOf(chart: Chart): readonly Column[] {
  switch (chart.shape) {
    case 'metric':
      return [chart.value];
    case 'table':
      return [...chart.by, ...chart.values];
    case 'donut':
      return [chart.by, chart.value];
    case 'heatmap':
      return [chart.x, chart.y, chart.value];
    default:
      return [...(chart.split === undefined ? [] : [chart.split]), chart.x, ...chart.values];
  }
}
