import { anomalies } from '../dataViews.js';

/** What rules over the alerts that the detectors wrote have in common. */
export const OF_ALERTS = {
  view: anomalies,
  riskOfAlert: true,
  everyMinutes: 1,
  lookBackMinutes: 5,
} as const;

export const LOOK_FIRST =
  'Open the dashboard **[OT] Alert investigation** and choose the source and destination of this alert: the reason, what was observed and what is usual stand in its first table.';
export const ASK =
  'Was work going on? `ot_anomaly.maintenance.summary` names what a calendar plans for that time; beyond it, ask who runs the plant.';
