import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';

/** A person's decision that a drift has been reviewed. */
export interface DriftReset {
  /** the alert's `ot_anomaly.chart` */
  readonly chart: string;
  /** seconds since the epoch at which Elasticsearch took the decision in */
  readonly at: number;
}

const decisionSchema = z.object({
  event: z.object({ ingested: z.iso.datetime() }),
  ot_anomaly: z.object({ decision: z.object({ chart: z.string() }) }),
});

/** Decisions older than this have long been in a checkpoint. */
const LOOK_BACK = 'now-7d';
const AT_MOST = 1_000;

/** The newest decisions to reset a drift, oldest first. */
export async function readDriftResets(client: Client, namespace: string): Promise<readonly DriftReset[]> {
  const response = await explaining('reading decisions on drifts', () =>
    client.search({
      index: `logs-ot_anomaly.decision-${namespace}`,
      size: AT_MOST,
      _source: ['event.ingested', 'ot_anomaly.decision.chart'],
      query: {
        bool: {
          filter: [
            { term: { 'ot_anomaly.decision.action': 'reset_drift' } },
            { range: { 'event.ingested': { gte: LOOK_BACK } } },
          ],
        },
      },
      sort: [{ 'event.ingested': 'desc' }],
    }),
  );
  return response.hits.hits
    .flatMap(({ _source }) => {
      const decision = decisionSchema.safeParse(_source);
      if (!decision.success) return [];
      const { event, ot_anomaly } = decision.data;
      return [{ chart: ot_anomaly.decision.chart, at: Date.parse(event.ingested) / 1000 }];
    })
    .reverse();
}
