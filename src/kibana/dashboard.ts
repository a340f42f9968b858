import { dataViewId, type KibanaDataView, typeOf } from './dataView.js';
import { type Panel, type PanelState, toPanelState } from './panel.js';
import { type Reference, type SavedObject, savedObject } from './savedObject.js';
import { objectId, stableUuid } from './stableId.js';
import { type Tag, tagReferences } from './tags.js';

/** A list of a field's values to choose from, above the panels. */
export interface Control {
  readonly view: KibanaDataView;
  readonly field: string;
  readonly label: string;
}

export interface Dashboard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly view: KibanaDataView;
  readonly tags: readonly Tag[];
  readonly controls: readonly Control[];
  /** rows of panels, from top to bottom; a row is as high as its highest panel */
  readonly rows: readonly (readonly Panel[])[];
  /** how far back it looks when opened */
  readonly from: string;
}

/** What every dashboard is about: documents of this system and its sources, whatever else a pattern takes in. */
export const MODULES = ['ot_anomaly', 'ot_zeek'] as const;

const FILTER_REFERENCE = 'kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index';
const COLUMNS = 48;

/** @throws {TypeError} if a row is wider than the grid or a control names an unknown field */
export function toDashboard(dashboard: Dashboard): SavedObject {
  const panels = placePanels(dashboard);
  const controls = dashboard.controls.map((control) => {
    typeOf(control.view, control.field);
    return { ...control, id: stableUuid(dashboard.name, 'control', control.field) };
  });
  const references: readonly Reference[] = [
    { id: dataViewId(dashboard.view), name: FILTER_REFERENCE, type: 'index-pattern' },
    ...panels.flatMap(({ state }) => state.references),
    ...controls.map(
      ({ id, view }): Reference => ({
        id: dataViewId(view),
        name: `controlGroup_${id}:optionsListDataView`,
        type: 'index-pattern',
      }),
    ),
    ...tagReferences(dashboard.tags),
  ];
  return savedObject(
    'dashboard',
    objectId(dashboard.name),
    {
      title: dashboard.title,
      description: dashboard.description,
      panelsJSON: JSON.stringify(
        panels.map(({ state: { index, panel }, grid }) => ({
          ...panel,
          panelIndex: index,
          gridData: { ...grid, i: index },
        })),
      ),
      optionsJSON: JSON.stringify({
        useMargins: true,
        syncColors: true,
        syncCursor: true,
        syncTooltips: false,
        hidePanelTitles: false,
      }),
      timeRestore: true,
      timeFrom: dashboard.from,
      timeTo: 'now',
      refreshInterval: { pause: false, value: 60_000 },
      version: 1,
      ...(controls.length === 0 ? {} : { controlGroupInput: controlGroup(controls) }),
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({
          query: { query: '', language: 'lucene' },
          filter: [moduleFilter()],
        }),
      },
    },
    references,
  );
}

function placePanels(dashboard: Dashboard) {
  const placed: { readonly state: PanelState; readonly grid: Readonly<Record<string, number>> }[] = [];
  let y = 0;
  for (const row of dashboard.rows) {
    let x = 0;
    for (const panel of row) {
      if (x + panel.w > COLUMNS) throw new TypeError(`a row of ${dashboard.name} is wider than ${COLUMNS}`);
      const state = toPanelState(panel, dashboard.name, placed.length);
      placed.push({ state, grid: { x, y, w: panel.w, h: panel.h } });
      x += panel.w;
    }
    y += Math.max(...row.map(({ h }) => h));
  }
  return placed;
}

function moduleFilter() {
  return {
    meta: {
      alias: null,
      disabled: false,
      negate: false,
      key: 'event.module',
      field: 'event.module',
      type: 'phrases',
      params: MODULES,
      indexRefName: FILTER_REFERENCE,
    },
    query: {
      bool: {
        minimum_should_match: 1,
        should: MODULES.map((name) => ({ match_phrase: { 'event.module': name } })),
      },
    },
    $state: { store: 'appState' },
  };
}

function controlGroup(controls: readonly (Control & { readonly id: string })[]) {
  return {
    controlStyle: 'oneLine',
    chainingSystem: 'HIERARCHICAL',
    showApplySelections: false,
    ignoreParentSettingsJSON: JSON.stringify({
      ignoreFilters: false,
      ignoreQuery: false,
      ignoreTimerange: false,
      ignoreValidations: false,
    }),
    panelsJSON: JSON.stringify(
      Object.fromEntries(
        controls.map(({ id, field, label }, order) => [
          id,
          {
            type: 'optionsListControl',
            order,
            width: 'medium',
            grow: true,
            explicitInput: {
              id,
              fieldName: field,
              title: label,
              selectedOptions: [],
              searchTechnique: 'prefix',
              enhancements: {},
            },
          },
        ]),
      ),
    ),
  };
}
