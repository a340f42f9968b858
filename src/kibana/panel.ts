import type { Chart } from './lens/chart.js';
import { toLensDocument } from './lens/lensDocument.js';
import type { Reference } from './savedObject.js';
import type { SavedSearch } from './savedSearch.js';
import { objectId, stableUuid } from './stableId.js';

/** A click on a value of the panel leads to another dashboard, filtered by that value. */
export interface Drilldown {
  readonly label: string;
  /** the name of the dashboard */
  readonly to: string;
}

interface Size {
  /** columns of the grid's 48 */
  readonly w: number;
  /** rows of 20 pixels */
  readonly h: number;
}

export type Panel =
  | (Size & { readonly kind: 'chart'; readonly chart: Chart; readonly drilldowns?: readonly Drilldown[] })
  | (Size & { readonly kind: 'markdown'; readonly text: string; readonly title?: string })
  | (Size & { readonly kind: 'search'; readonly search: SavedSearch })
  | (Size & { readonly kind: 'links'; readonly links: readonly Drilldown[] });

/** A panel as a dashboard stores it, without its place, and the references that the dashboard keeps for it. */
export interface PanelState {
  readonly index: string;
  readonly panel: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
}

export function toPanelState(panel: Panel, dashboard: string, position: number): PanelState {
  const index = stableUuid(dashboard, `panel ${position}`);
  // A dashboard repeats what its panels refer to, under the panel's index.
  const outer = (references: readonly Reference[]) =>
    references.map((reference) => ({ ...reference, name: `${index}:${reference.name}` }));
  switch (panel.kind) {
    case 'chart': {
      const attributes = toLensDocument(panel.chart, [dashboard, `panel ${position}`]);
      const { events, references } = toEvents(panel.drilldowns ?? [], index);
      return {
        index,
        panel: {
          type: 'lens',
          title: panel.chart.title,
          embeddableConfig: {
            attributes,
            hidePanelTitles: false,
            enhancements: events.length === 0 ? {} : { dynamicActions: { events } },
          },
        },
        references: outer([...attributes.references, ...references]),
      };
    }
    case 'markdown':
      return {
        index,
        panel: {
          type: 'visualization',
          title: panel.title ?? '',
          embeddableConfig: {
            hidePanelTitles: panel.title === undefined,
            enhancements: {},
            savedVis: {
              id: '',
              title: panel.title ?? '',
              description: '',
              type: 'markdown',
              params: { fontSize: 12, openLinksInNewTab: false, markdown: panel.text },
              uiState: {},
              data: { aggs: [], searchSource: { query: { query: '', language: 'kuery' }, filter: [] } },
            },
          },
        },
        references: [],
      };
    case 'search': {
      const name = `panel_${index}`;
      return {
        index,
        panel: {
          type: 'search',
          title: panel.search.title,
          panelRefName: name,
          embeddableConfig: { enhancements: {} },
        },
        references: outer([{ id: objectId(panel.search.name), name, type: 'search' }]),
      };
    }
    case 'links': {
      const links = panel.links.map(({ label, to }, order) => {
        const id = stableUuid(index, to);
        return { id, order, label, to, name: `link_${id}_dashboard` };
      });
      return {
        index,
        panel: {
          type: 'links',
          title: '',
          embeddableConfig: {
            hidePanelTitles: true,
            enhancements: {},
            attributes: {
              layout: 'horizontal',
              links: links.map(({ id, order, label, name }) => ({
                id,
                order,
                label,
                type: 'dashboardLink',
                destinationRefName: name,
                options: { openInNewTab: false, useCurrentDateRange: true, useCurrentFilters: true },
              })),
            },
          },
        },
        references: outer(links.map(({ to, name }) => ({ id: objectId(to), name, type: 'dashboard' }))),
      };
    }
  }
}

function toEvents(drilldowns: readonly Drilldown[], index: string) {
  const named = drilldowns.map(({ label, to }) => ({
    label,
    to,
    eventId: stableUuid(index, 'drilldown', to),
  }));
  return {
    events: named.map(({ label, eventId }) => ({
      eventId,
      triggers: ['FILTER_TRIGGER'],
      action: {
        factoryId: 'DASHBOARD_TO_DASHBOARD_DRILLDOWN',
        name: label,
        config: { openInNewTab: false, useCurrentDateRange: true, useCurrentFilters: true },
      },
    })),
    references: named.map(
      ({ to, eventId }): Reference => ({
        id: objectId(to),
        name: `drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:${eventId}:dashboardId`,
        type: 'dashboard',
      }),
    ),
  };
}
