import type { Chart } from './chart.js';
import type { Column } from './column.js';

export interface Visualization {
  readonly visualizationType: 'lnsMetric' | 'lnsXY' | 'lnsDatatable' | 'lnsPie' | 'lnsHeatmap';
  readonly visualization: Readonly<Record<string, unknown>>;
}

/** How a chart's columns are drawn. */
export function toVisualization(
  chart: Chart,
  layerId: string,
  idOf: (column: Column) => string,
): Visualization {
  const layer = { layerId, layerType: 'data' };
  switch (chart.shape) {
    case 'metric':
      return {
        visualizationType: 'lnsMetric',
        visualization: { ...layer, metricAccessor: idOf(chart.value) },
      };
    case 'table':
      return {
        visualizationType: 'lnsDatatable',
        visualization: {
          ...layer,
          columns: [
            ...chart.by.map((column) => ({ columnId: idOf(column), isTransposed: false, isMetric: false })),
            ...chart.values.map((column) => ({
              columnId: idOf(column),
              isTransposed: false,
              isMetric: true,
            })),
          ],
          ...(chart.sorted === undefined
            ? {}
            : { sorting: { columnId: idOf(chart.sorted.by), direction: chart.sorted.direction } }),
          paging: { enabled: true, size: 10 },
          rowHeight: 'auto',
          headerRowHeight: 'auto',
        },
      };
    case 'donut':
      return {
        visualizationType: 'lnsPie',
        visualization: {
          shape: 'donut',
          layers: [
            {
              ...layer,
              primaryGroups: [idOf(chart.by)],
              metrics: [idOf(chart.value)],
              numberDisplay: 'value',
              categoryDisplay: 'default',
              legendDisplay: 'show',
              nestedLegend: false,
            },
          ],
        },
      };
    case 'heatmap':
      return {
        visualizationType: 'lnsHeatmap',
        visualization: {
          ...layer,
          shape: 'heatmap',
          xAccessor: idOf(chart.x),
          yAccessor: idOf(chart.y),
          valueAccessor: idOf(chart.value),
          legend: { isVisible: true, position: 'right', type: 'heatmap_legend' },
          gridConfig: {
            type: 'heatmap_grid',
            isCellLabelVisible: true,
            isXAxisLabelVisible: true,
            isYAxisLabelVisible: true,
            isXAxisTitleVisible: false,
            isYAxisTitleVisible: false,
          },
        },
      };
    default: {
      const shown = { x: true, yLeft: true, yRight: true };
      return {
        visualizationType: 'lnsXY',
        visualization: {
          preferredSeriesType: chart.shape,
          legend: { isVisible: true, position: 'right', showSingleSeries: false },
          valueLabels: 'hide',
          fittingFunction: 'None',
          axisTitlesVisibilitySettings: { ...shown, x: false },
          tickLabelsVisibilitySettings: shown,
          gridlinesVisibilitySettings: shown,
          labelsOrientation: { x: 0, yLeft: 0, yRight: 0 },
          layers: [
            {
              ...layer,
              seriesType: chart.shape,
              accessors: chart.values.map(idOf),
              xAccessor: idOf(chart.x),
              ...(chart.split === undefined ? {} : { splitAccessor: idOf(chart.split) }),
              position: 'top',
              showGridlines: false,
            },
          ],
        },
      };
    }
  }
}
