import type { Client } from '@elastic/elasticsearch';
import { ECS_VERSION } from '../anomaly/document.js';
import { createOne } from './bulkCreate.js';

/** What a scorer did since its previous heartbeat, under the names of the metrics stream. */
export interface HeartbeatCounts {
  read: number;
  scored: number;
  late: number;
  unreadable: number;
  /** documents that became visible too late for the polls and were found by the wider re-read */
  found_late: number;
  /** intervals not judged because their sensor does not see everything */
  abstained: number;
  alerts: number;
  already_written: number;
  /** anomalous records that their group only counted */
  counted: number;
  /** rows held back behind the watermark, now */
  pending: number;
  /** how long the oldest of them has been waiting */
  lag_ms: number;
  /** sensors' conditions that last, now: loss, one-sided flows, a wrong clock, silence */
  sensor_conditions: number;
  /** attempts that failed because Elasticsearch was away or busy */
  faults: number;
  /** how long it was waited for */
  waited_ms: number;
}

export function noCounts(): HeartbeatCounts {
  return {
    read: 0,
    scored: 0,
    late: 0,
    unreadable: 0,
    found_late: 0,
    abstained: 0,
    alerts: 0,
    already_written: 0,
    counted: 0,
    pending: 0,
    lag_ms: 0,
    sensor_conditions: 0,
    faults: 0,
    waited_ms: 0,
  };
}

export interface Heartbeat extends HeartbeatCounts {
  readonly name: string;
  readonly model_sha256: string;
}

/** Adds a heartbeat to the metrics stream: its absence is what tells that a scorer is silent. */
export async function writeHeartbeat(
  client: Client,
  namespace: string,
  heartbeat: Heartbeat,
  id: string,
  now: Date,
  refresh = false,
): Promise<void> {
  const document = {
    '@timestamp': now.toISOString(),
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'metrics', dataset: 'ot_anomaly.scorer', namespace },
    event: { kind: 'metric', module: 'ot_anomaly', dataset: 'ot_anomaly.scorer' },
    ot_anomaly: { scorer: heartbeat },
  };
  await createOne(client, `metrics-ot_anomaly.scorer-${namespace}`, { id, document }, { refresh });
}
