import type { Control } from '../dashboard.js';
import type { KibanaDataView } from '../dataView.js';
import { anomalies, maintenance, PLANNED_WORK } from '../dataViews.js';
import type { Chart } from '../lens/chart.js';
import { type Column, count, metric, newest, overTime, terms } from '../lens/column.js';
import type { Drilldown, Panel } from '../panel.js';
import type { SavedSearch } from '../savedSearch.js';

export const toInvestigation: Drilldown = { label: 'Look into it', to: 'alert-investigation' };
export const toAsset: Drilldown = { label: 'Look at this address', to: 'asset' };

/** The dashboards in the order in which an analyst meets them. */
const NAVIGATION: readonly Drilldown[] = [
  { label: 'Overview', to: 'ot-overview' },
  { label: 'Triage queue', to: 'triage-queue' },
  { label: 'Investigate', to: 'alert-investigation' },
  { label: 'Asset', to: 'asset' },
  { label: 'ATT&CK for ICS', to: 'attack-for-ics' },
  { label: 'Model and governance', to: 'model-and-governance' },
  { label: 'AI oversight', to: 'ai-oversight' },
  { label: 'Scorer health', to: 'scorer-health' },
];

/** The row that leads from each dashboard to the others. */
export function navigation(): readonly Panel[] {
  return [{ kind: 'links', links: NAVIGATION, w: 48, h: 3 }];
}

export function chart(w: number, h: number, chart: Chart, ...drilldowns: readonly Drilldown[]): Panel {
  return { kind: 'chart', chart, drilldowns, w, h };
}

const COLUMNS = 48;
const TILE_HEIGHT = 7;

/** A number with its title. */
export type Tile = readonly [title: string, view: KibanaDataView, value: Column];

/** A row of numbers of the same width. */
export function tiles(...row: readonly Tile[]): readonly Panel[] {
  const w = Math.floor(COLUMNS / row.length);
  return row.map(([title, view, value]) => chart(w, TILE_HEIGHT, { shape: 'metric', title, view, value }));
}

/** What documents of a view are about, of a panel that is like others of its kind. */
interface About {
  readonly title: string;
  readonly view: KibanaDataView;
  readonly where?: string;
  readonly description?: string;
}

/** How often each value of a field was there, and when last. */
export function tally(w: number, h: number, about: About, by: Column, counted: Column): Panel {
  return chart(w, h, {
    shape: 'table',
    ...about,
    by: [by],
    values: [counted, metric('max', '@timestamp', 'Last')],
  });
}

/** Documents over time, one colour a part. */
export function parts(w: number, h: number, about: About, split: Column, counted: string): Panel {
  return chart(w, h, { shape: 'bar_stacked', ...about, x: overTime(), split, values: [count(counted)] });
}

/** Numbers over time, a line each. */
export function lines(w: number, h: number, about: About, ...values: readonly Column[]): Panel {
  return chart(w, h, { shape: 'line', ...about, x: overTime(), values });
}

export function markdown(w: number, h: number, text: string): Panel {
  return { kind: 'markdown', text, w, h };
}

export function rows(h: number, search: SavedSearch): Panel {
  return { kind: 'search', search, w: 48, h };
}

/** Work that calendars plan, of any import: no control narrows it, for what is planned names no source. */
export function plannedWork(w: number, h: number): Panel {
  return chart(w, h, {
    shape: 'table',
    title: 'Planned work that begins in this time (not filtered by the controls)',
    description: 'Of every import of a calendar; the newest one is in force',
    view: maintenance,
    where: 'event.action:maintenance-planned',
    ignoresControls: true,
    by: [
      terms(PLANNED_WORK, 'Work', 20),
      terms('ot_anomaly.maintenance.calendar', 'Calendar', 5),
      terms('ot_anomaly.maintenance.uid', 'Window', 5),
    ],
    values: [
      metric('max', 'event.start', 'From'),
      metric('max', 'event.end', 'To'),
      newest('ot_anomaly.maintenance.assets', 'Assets'),
      newest('ot_anomaly.maintenance.zones', 'Zones'),
    ],
  });
}

/** The same fields in alerts and in Zeek's rows, so that one choice filters both. */
export const addressControls: readonly Control[] = [
  { view: anomalies, field: 'source.address', label: 'Source' },
  { view: anomalies, field: 'destination.address', label: 'Destination' },
  { view: anomalies, field: 'network.protocol', label: 'Protocol' },
];

export const ALERT = 'event.kind:alert';
