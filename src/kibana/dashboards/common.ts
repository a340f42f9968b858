import type { Control } from '../dashboard.js';
import { anomalies } from '../dataViews.js';
import type { Chart } from '../lens/chart.js';
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

export function markdown(w: number, h: number, text: string): Panel {
  return { kind: 'markdown', text, w, h };
}

export function rows(h: number, search: SavedSearch): Panel {
  return { kind: 'search', search, w: 48, h };
}

/** The same fields in alerts and in Zeek's rows, so that one choice filters both. */
export const addressControls: readonly Control[] = [
  { view: anomalies, field: 'source.address', label: 'Source' },
  { view: anomalies, field: 'destination.address', label: 'Destination' },
  { view: anomalies, field: 'network.protocol', label: 'Protocol' },
];

export const ALERT = 'event.kind:alert';
