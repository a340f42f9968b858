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
  /** alerts that they wrote or found written */
  readonly alerts: number;
  /** microseconds of processor time a row beyond what starting takes */
  readonly scorerMicroseconds: number;
  readonly elasticsearchMicroseconds: number;
}

const STATUS_PORT = 19_600;
const LOOK_EVERY_MS = 50;

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

/** @throws Error when the partitions together did not judge each document once */
export async function catchUp(given: Given): Promise<CaughtUp> {
  const { site, admin, documents, count, name } = given;
  const client = createClient(admin);
  const idle = await measure(given, client, `${name}-idle`, undefined);
  const busy = await measure(given, client, name, given.from);
  const told = await heartbeats(client, site.namespace, name);
  await client.close();
  if (told.read !== documents)
    throw new Error(`${count} partitions judged ${told.read} rows, expected ${documents}`);
  const microseconds = (of: (taken: Taken) => number) =>
    Math.round((10 * 1e6 * (of(busy) - of(idle))) / documents) / 10;
  return {
    count,
    seconds: round(busy.seconds),
    startSeconds: round(idle.seconds),
    rowsPerSecond: Math.round(documents / (busy.seconds - idle.seconds)),
    ...told,
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
async function heartbeats(client: Client, namespace: string, name: string) {
  const index = `metrics-ot_anomaly.scorer-${namespace}`;
  await client.indices.refresh({ index });
  const field = (end: string) => ({ sum: { field: `ot_anomaly.scorer.${end}` } });
  const { aggregations } = await client.search<unknown, Record<string, { value: number }>>({
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
    aggregations: { read: field('read'), alerts: field('alerts'), again: field('already_written') },
  });
  const value = (of: string) => aggregations?.[of]?.value ?? Number.NaN;
  return { read: value('read'), alerts: value('alerts') + value('again') };
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
