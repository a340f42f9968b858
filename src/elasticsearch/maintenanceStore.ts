import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { MaintenanceWindow } from '../triage/input.js';
import { explaining } from './errors.js';

const WINDOWS_MAX = 20;

const windowSchema = z.object({
  message: z.string().default('planned work'),
  event: z.object({ start: z.string(), end: z.string() }),
});

/** Planned work that is going on at `at`; none where the site keeps no windows. */
export async function activeMaintenance(
  client: Client,
  namespace: string,
  at: Date,
): Promise<readonly MaintenanceWindow[]> {
  const { hits } = await explaining('reading maintenance windows', () =>
    client.search({
      index: `logs-ot_anomaly.maintenance-${namespace}`,
      ignore_unavailable: true,
      size: WINDOWS_MAX,
      query: {
        bool: {
          filter: [
            { range: { 'event.start': { lte: at.toISOString() } } },
            { range: { 'event.end': { gte: at.toISOString() } } },
          ],
        },
      },
    }),
  );
  return hits.hits.flatMap(({ _source }) => {
    const parsed = windowSchema.safeParse(_source);
    if (!parsed.success) return [];
    const { message, event } = parsed.data;
    return [{ summary: message, from: event.start, to: event.end }];
  });
}
