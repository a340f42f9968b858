import type { ZeekRow } from '../features/otRecord.js';
import { PORT_PROTOCOL, SERVICE_PROTOCOL } from '../features/protocol.js';
import { SCORED_LOGS, type ScoredLog } from './scoredLogs.js';

/** Where our own pipelines (ingest-pipelines/) put the parts that queries name. */
export const FIELD = {
  kind: 'event.kind',
  /** arrival, `date_nanos` */
  ingested: 'event.ingested',
  time: '@timestamp',
  /** Zeek's ts: seconds since the epoch, microseconds kept */
  ts: 'zeek.ts',
  log: 'ot_zeek.log',
  /** 0 … 2^48 − 1 from the SHA-256 of the row */
  hash: 'ot_zeek.sample.hash',
  sensor: 'observer.name',
  vlan: 'network.vlan.id',
  innerVlan: 'network.inner.vlan.id',
  source: 'source.address',
  destination: 'destination.address',
  port: 'destination.port',
  protocol: 'network.protocol',
} as const;

/** Where a column of a log lies. */
export const columnField = (log: ScoredLog, column: string) => `zeek.${log}.${column}`;

/** The parts of a document that `toZeekRow` reads, for `_source` filtering. */
export const SOURCE_FIELDS = [
  FIELD.kind,
  FIELD.ingested,
  FIELD.ts,
  'zeek.session_id',
  ...SCORED_LOGS.map((log) => `zeek.${log}`),
  'ot_zeek',
  FIELD.sensor,
  'network.vlan.id',
  'network.inner.vlan.id',
  'network.protocol',
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
] as const;

/** Industrial traffic: every row of an industrial log, and connections by service or by port. */
export const OT_TRAFFIC = {
  bool: {
    filter: [{ term: { [FIELD.kind]: 'event' } }],
    minimum_should_match: 1,
    should: [
      { terms: { [FIELD.log]: SCORED_LOGS.filter((log) => log !== 'conn') } },
      {
        bool: {
          filter: [{ term: { [FIELD.log]: 'conn' } }],
          minimum_should_match: 1,
          should: [
            { terms: { [FIELD.protocol]: Object.keys(SERVICE_PROTOCOL) } },
            { terms: { [FIELD.port]: Object.keys(PORT_PROTOCOL).map(Number) } },
          ],
        },
      },
    ],
  },
};

/** Gives a document of our own streams back as the Zeek row it came from; undefined if it isn't one. */
export function toZeekRow(source: unknown): ZeekRow | undefined {
  const log = at(source, 'ot_zeek', 'log');
  if (typeof log !== 'string') return undefined;
  const own = at(source, 'zeek', log);
  return {
    log,
    sensor: textAt(source, 'observer', 'name'),
    columns: {
      ...(isObject(own) ? own : {}),
      ts: at(source, 'zeek', 'ts'),
      uid: at(source, 'zeek', 'session_id'),
      'id.orig_h': at(source, 'source', 'address'),
      'id.orig_p': at(source, 'source', 'port'),
      'id.resp_h': at(source, 'destination', 'address'),
      'id.resp_p': at(source, 'destination', 'port'),
      vlan: at(source, 'network', 'vlan', 'id'),
      inner_vlan: at(source, 'network', 'inner', 'vlan', 'id'),
      service: at(source, 'network', 'protocol'),
    },
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
