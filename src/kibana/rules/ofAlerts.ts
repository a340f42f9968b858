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

/** Since Zeek 5.1 modbus.log names an exception as a function of its own: the first of a relation is a new function. */
export const FIRST_EXCEPTION = '(ot_anomaly.group.kind:function AND ot_anomaly.function_code:*_EXCEPTION)';
