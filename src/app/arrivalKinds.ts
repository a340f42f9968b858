import type { Arrival } from '../scoring/scoringStage.js';
import { type SensorSign, toSensorSign } from '../sensor/sensorSign.js';
import { scoredLogType } from '../zeek/scoredLogs.js';

/** Whether an arrival is to be scored, or unreadable; capture_loss only tells of its sensor. */
export function isTraffic({ row }: Arrival): boolean {
  return row === undefined || scoredLogType(row.log) !== undefined;
}

/** What arrivals tell of the sensors that wrote them. */
export function sensorSigns(arrivals: readonly Arrival[]): readonly SensorSign[] {
  return arrivals.flatMap(({ row, ingested }) =>
    row === undefined ? [] : [toSensorSign(row, Date.parse(ingested) / 1000)],
  );
}
