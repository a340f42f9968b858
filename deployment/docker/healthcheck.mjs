// Health check of the scorer in compose.yaml: with the scorer's own key it looks for a heartbeat that is fresh.
import { readFileSync } from 'node:fs';

/** Heartbeats come every 10 s; several may be late while Elasticsearch is busy. */
const FRESH_SECONDS = 60;

const { ES_URL, OT_ANOMALY_KEYS_FILE, OT_ANOMALY_NAMESPACE = 'default', SCORER_NAME } = process.env;
const key = JSON.parse(readFileSync(OT_ANOMALY_KEYS_FILE, 'utf8')).keys.scorer.encoded;
const filter = [
  // In production the scorer's name says so (`score --model production`).
  { terms: { 'ot_anomaly.scorer.name': [SCORER_NAME, `${SCORER_NAME}-production`] } },
  { range: { '@timestamp': { gte: `now-${FRESH_SECONDS}s` } } },
];
const response = await fetch(`${ES_URL}/metrics-ot_anomaly.scorer-${OT_ANOMALY_NAMESPACE}/_search`, {
  method: 'POST',
  headers: { authorization: `ApiKey ${key}`, 'content-type': 'application/json' },
  body: JSON.stringify({ size: 0, terminate_after: 1, query: { bool: { filter } } }),
  signal: AbortSignal.timeout(10_000),
});
const answer = await response.json();
const fresh = response.ok && answer.hits.total.value > 0;
if (!fresh)
  process.stderr.write(
    response.ok ? `no heartbeat within ${FRESH_SECONDS} s\n` : `status ${response.status}\n`,
  );
process.exit(fresh ? 0 : 1);
