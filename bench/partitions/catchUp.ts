import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Connection } from '../../src/config/connection.js';
import { createClient } from '../../src/elasticsearch/client.js';
import { type PartProcess, startPart } from '../pipeline/partProcess.js';
import type { BenchSite } from '../pipeline/site.js';

/** What it took partitions that started together to judge a backlog. Processor time is of all of them. */
export interface CaughtUp {
  readonly count: number;
  /** from the first start until each had read all there was, of which so many without any backlog */
  readonly seconds: number;
  readonly startSeconds: number;
  readonly rowsPerSecond: number;
  /** rows that they judged, all together */
  readonly read: number;
  /** ids of the alerts that they wrote; further signs are bounded for each partition, so four may write more */
  readonly alerts: readonly string[];
  /** microseconds of processor time a row beyond what starting takes */
  readonly scorerMicroseconds: number;
  readonly elasticsearchMicroseconds: number;
}

const STATUS_PORT = 19_600;
const LOOK_EVERY_MS = 50;
const ALERTS_AT_MOST = 10_000;

interface Given {
  readonly site: BenchSite;
  readonly admin: Connection;
  readonly models: string;
  readonly from: Date;
  readonly documents: number;
  readonly count: number;
  /** of the scorer: each run begins without a checkpoint */
  readonly name: string;
  readonly extra: readonly string[];
}

/**
 * Anomalies that another run wrote are deleted before.
 *
 * @throws Error when the partitions together did not judge each document once
 */
export async function catchUp(given: Given): Promise<CaughtUp> {
  const { site, admin, documents, count, name } = given;
  const client = createClient(admin);
  const idle = await measure(given, client, `${name}-idle`, undefined);
  const anomalies = `logs-ot_anomaly.anomaly-${site.namespace}`;
  await client.deleteByQuery({ index: anomalies, query: { match_all: {} }, refresh: true });
  const busy = await measure(given, client, name, given.from);
  const read = await rowsJudged(client, site.namespace, name);
  const alerts = await alertIds(client, anomalies);
  await client.close();
  if (read !== documents) throw new Error(`${count} partitions judged ${read} rows, expected ${documents}`);
  const microseconds = (of: (taken: Taken) => number) =>
    Math.round((10 * 1e6 * (of(busy) - of(idle))) / documents) / 10;
  return {
    count,
    seconds: round(busy.seconds),
    startSeconds: round(idle.seconds),
    rowsPerSecond: Math.round(documents / (busy.seconds - idle.seconds)),
    read,
    alerts,
    scorerMicroseconds: microseconds((taken) => taken.scorerCpu),
    elasticsearchMicroseconds: microseconds((taken) => taken.elasticsearchCpu),
  };
}

interface Taken {
  readonly seconds: number;
  readonly scorerCpu: number;
  readonly elasticsearchCpu: number;
}

async function measure(
  { site, admin, models, count, extra }: Given,
  client: Client,
  name: string,
  from: Date | undefined,
): Promise<Taken> {
  const cpuBefore = await elasticsearchCpu(client);
  const began = performance.now();
  const scorers = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<PartProcess> => {
      const port = STATUS_PORT + index;
      const scorer = await startPart({
        arguments: [
          ...['score', '--follow', '--namespace', site.namespace, '--models', models, '--scorer', name],
          ...['--partition', `${index}/${count}`, '--status-port', String(port)],
          ...(from === undefined ? [] : ['--from', from.toISOString()]),
          ...extra,
        ],
        env: { ES_URL: admin.url, ES_API_KEY: site.apiKey('scorer') },
        ready: /scorer started/,
      });
      while (!(await isReady(port))) await sleep(LOOK_EVERY_MS);
      return scorer;
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  const scorerCpu = scorers.reduce((sum, scorer) => sum + (scorer.cpuSeconds() ?? Number.NaN), 0);
  const taken = { seconds, scorerCpu, elasticsearchCpu: (await elasticsearchCpu(client)) - cpuBefore };
  await Promise.all(scorers.map((scorer) => scorer.stop()));
  return taken;
}

/** A scorer is ready once its first poll has read all there was. */
async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false; // not listening yet
  }
}

/** Processor seconds so far of all nodes. */
async function elasticsearchCpu(client: Client): Promise<number> {
  const { nodes } = await client.nodes.stats({ metric: 'process' });
  return Object.values(nodes).reduce(
    (sum, node) => sum + (node.process?.cpu?.total_in_millis ?? 0) / 1_000,
    0,
  );
}

/** What the partitions of a run told of themselves, added up. */
async function rowsJudged(client: Client, namespace: string, name: string): Promise<number> {
  const index = `metrics-ot_anomaly.scorer-${namespace}`;
  await client.indices.refresh({ index });
  const { aggregations } = await client.search<unknown, { read: { value: number } }>({
    index,
    size: 0,
    query: {
      bool: {
        minimum_should_match: 1,
        should: [
          { term: { 'ot_anomaly.scorer.name': name } },
          { prefix: { 'ot_anomaly.scorer.name': `${name}.p` } },
        ],
      },
    },
    aggregations: { read: { sum: { field: 'ot_anomaly.scorer.read' } } },
  });
  return aggregations?.read.value ?? Number.NaN;
}

/** @throws Error when there are more than a search returns */
async function alertIds(client: Client, index: string): Promise<readonly string[]> {
  await client.indices.refresh({ index });
  const { hits } = await client.search({
    index,
    size: ALERTS_AT_MOST,
    _source: false,
    track_total_hits: true,
    query: { term: { 'event.kind': 'alert' } },
  });
  const total = typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? Number.NaN);
  if (total !== hits.hits.length) throw new Error(`${total} alerts, and only ${hits.hits.length} were read`);
  return hits.hits.map(({ _id }) => String(_id)).sort();
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
