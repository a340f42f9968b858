import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { expect } from 'vitest';
import { DocumentMaker } from '../../src/ingest/sourceDocument.js';
import { cluster } from './cluster.js';
import { type ScoredSite, scoredSite } from './scoredSite.js';

export type Columns = Record<string, unknown>;

/** A scored site into which rows are written now, as a shipper does. */
export interface LiveSite {
  readonly site: ScoredSite;
  readonly admin: Client;
  /** a request of the site's own master, as the baseline has it, but for `more` */
  request(more?: Columns): Columns;
  /** the same of a host that nobody has seen: an alert by structure */
  stranger(more?: Columns): Columns;
  write(rows: readonly Columns[], log?: string, sensor?: string): Promise<void>;
  anomalies(query: object): Promise<readonly unknown[]>;
  /** the alerts, one a source, of rows of strangers */
  alertsOf(rows: readonly Columns[]): Promise<readonly unknown[]>;
  /** sum of a number over all heartbeats of a scorer */
  told(scorer: string, name: string, namespace?: string): Promise<number>;
}

export async function liveSite(): Promise<LiveSite> {
  const admin = cluster();
  const site = await scoredSite();
  const ingest = site.client('ingest');
  const [key = ''] = Object.keys(site.model.model.baseline.structure.functionCode).filter((k) =>
    k.endsWith('READ_HOLDING_REGISTERS'),
  );
  const [master = '', plc = '', , , unit = '1'] = key.split('|');
  let strangers = 0;

  const request = (more: Columns = {}): Columns => ({
    ts: Date.now() / 1000,
    uid: `C${process.hrtime.bigint()}`,
    'id.orig_h': master,
    'id.orig_p': 50_000,
    'id.resp_h': plc,
    'id.resp_p': 502,
    tid: 1,
    unit: Number(unit),
    func: 'READ_HOLDING_REGISTERS',
    pdu_type: 'REQ',
    ...more,
  });
  const anomalies = async (query: object) => {
    await admin.indices.refresh({ index: site.anomalies });
    const { hits } = await admin.search({ index: site.anomalies, size: 1_000, query });
    return hits.hits.flatMap(({ _source }) => _source ?? []);
  };
  return {
    site,
    admin,
    request,
    anomalies,
    stranger: (more = {}) => {
      strangers += 1;
      return request({ 'id.orig_h': `198.51.${100 + (strangers >> 8)}.${strangers & 255}`, ...more });
    },
    write: async (rows, log = 'modbus', sensor) => {
      const maker = new DocumentMaker({ namespace: site.namespace, path: '/live', run: 'live', sensor });
      const operations = rows.flatMap((row) => {
        const made = maker.make({ kind: 'row', log, line: 1, message: JSON.stringify(row) });
        return made === undefined ? [] : [{ create: { _index: made.index, _id: made.id } }, made.body];
      });
      const { errors } = await ingest.bulk({ operations });
      expect(errors).toBe(false);
    },
    alertsOf: (rows) =>
      anomalies({
        bool: {
          filter: [
            { terms: { 'source.address': rows.map((row) => String(row['id.orig_h'])) } },
            { term: { 'event.kind': 'alert' } },
            { term: { 'ot_anomaly.group.kind': 'communication' } }, // fan-out has a group of its own
          ],
        },
      }),
    told: async (scorer, name, namespace = site.namespace) => {
      const index = `metrics-ot_anomaly.scorer-${namespace}`;
      await admin.indices.refresh({ index });
      const { aggregations } = await admin.search<unknown, { sum: { value: number } }>({
        index,
        size: 0,
        query: { term: { 'ot_anomaly.scorer.name': scorer } },
        aggregations: { sum: { sum: { field: `ot_anomaly.scorer.${name}` } } },
      });
      return aggregations?.sum.value ?? 0;
    },
  };
}

/** Looks until it holds, for at most a minute; returns what it saw last. */
export async function eventually<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (holds(found) || Date.now() > deadline) return found;
    await sleep(250);
  }
}

export function recordingLog(level: 'info' | 'warn' = 'warn') {
  const lines: string[] = [];
  return { lines, log: pino({ level }, { write: (line: string) => void lines.push(line) }) };
}
