import type { OtRecord } from '../../features/otRecord.js';
import { groupKey } from '../../features/relation.js';
import { partOf } from './partsOfHour.js';
import { stretchPlan, withinLimit } from './stretchPlan.js';
import type { BaselineSource } from './train.js';
import { partOfWindow } from './writtenAddresses.js';

/**
 * A baseline held in memory, for log files and tests. Takes every row of a group up to the limit, then a stretch of each
 * hour; Elasticsearch begins its stretches at another minute, so the two agree where nothing is left out.
 *
 * @param rows in any order
 */
export function rowsBaseline(rows: readonly OtRecord[]): BaselineSource {
  const groups = new Map<string, OtRecord[]>();
  for (const row of [...rows].sort((a, b) => a.ts - b.ts)) {
    const key = groupKey(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return {
    async *hourCounts() {
      for (const group of groups.values()) {
        const hours = new Map<number, { rows: number; exceptions: number; requests: number }>();
        for (const { ts, exception, kind } of group) {
          const hour = Math.floor(ts / 3600);
          const counted = hours.get(hour) ?? { rows: 0, exceptions: 0, requests: 0 };
          counted.rows += 1;
          if (exception !== undefined) counted.exceptions += 1;
          if (kind !== 'response') counted.requests += 1;
          hours.set(hour, counted);
        }
        for (const [hour, counted] of hours) yield { record: group[0] as OtRecord, hour, ...counted };
      }
    },
    async parts({ example }) {
      return [...new Set((groups.get(groupKey(example)) ?? []).map(({ ts }) => partOf(ts)))];
    },
    async *addresses({ example }, parts) {
      for (const { kind, ts, address, quantity } of groups.get(groupKey(example)) ?? [])
        if (kind !== 'response' && address !== undefined)
          yield { address, quantity, part: partOfWindow(ts, parts) };
    },
    async sample({ example }, limit) {
      const requests = (groups.get(groupKey(example)) ?? []).filter(({ kind }) => kind !== 'response');
      if (requests.length <= limit) return [requests];
      const plan = stretchPlan(new Set(requests.map(({ ts }) => Math.floor(ts / 3600))).size, limit);
      const stretches = new Map<number, OtRecord[]>();
      for (const request of requests) {
        const span = Math.floor(request.ts / plan.seconds);
        const stretch = stretches.get(span);
        if (stretch === undefined) stretches.set(span, [request]);
        else if (stretch.length < plan.rows) stretch.push(request);
      }
      return withinLimit([...stretches.values()], limit);
    },
  };
}
