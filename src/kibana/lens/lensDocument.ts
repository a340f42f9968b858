import { dataViewId, type KibanaDataView } from '../dataView.js';
import type { Reference } from '../savedObject.js';
import { stableUuid } from '../stableId.js';
import { type Chart, columnsOf } from './chart.js';
import { type Column, lucene } from './column.js';
import { toColumnState } from './columnState.js';
import { toVisualization } from './visualization.js';

/** A Lens document as a dashboard holds it by value. */
export interface LensDocument {
  readonly title: string;
  readonly description: string;
  readonly type: 'lens';
  readonly visualizationType: string;
  readonly references: readonly Reference[];
  readonly state: Readonly<Record<string, unknown>>;
}

/** @param path names that tell this chart from every other; ids of layer and columns come from them */
export function toLensDocument(chart: Chart, path: readonly string[]): LensDocument {
  const layer = stableUuid(...path, 'layer');
  const ids = new Map<Column, string>();
  columnsOf(chart).forEach((column, index) => {
    ids.set(column, stableUuid(...path, `column ${index}`));
  });
  // Lens can't order buckets by the newest value of a field.
  const orderBy = columnsOf(chart).find(({ bucket, kind }) => !bucket && kind !== 'last_value');
  const order = orderBy === undefined ? undefined : ids.get(orderBy);
  const columns = Object.fromEntries(
    [...ids].map(([column, id]) => [id, toColumnState(column, chart.view, order)]),
  );
  const idOf = (column: Column): string => ids.get(column) ?? '';
  const { visualizationType, visualization } = toVisualization(chart, layer, idOf);
  return {
    title: chart.title,
    description: chart.description ?? '',
    type: 'lens',
    visualizationType,
    references: [layerReference(chart.view, layer)],
    state: {
      visualization,
      query: lucene(chart.where ?? ''),
      filters: [],
      datasourceStates: {
        formBased: {
          layers: {
            [layer]: {
              columns,
              columnOrder: [...ids.values()],
              incompleteColumns: {},
              sampling: 1,
              ...(chart.ignoresControls === true ? { ignoreGlobalFilters: true } : {}),
            },
          },
        },
        indexpattern: { layers: {} },
        textBased: { layers: {} },
      },
      internalReferences: [],
      adHocDataViews: {},
    },
  };
}

function layerReference(view: KibanaDataView, layer: string): Reference {
  return { type: 'index-pattern', id: dataViewId(view), name: `indexpattern-datasource-layer-${layer}` };
}
