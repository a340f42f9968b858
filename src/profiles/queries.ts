import type { estypes } from '@elastic/elasticsearch';
import { PORT_PROTOCOL, SERVICE_PROTOCOL } from '../features/protocol.js';
import { SCORED_LOG_TYPES, type ScoredLog, structureColumns } from '../zeek/scoredLogs.js';
import type { FieldSpec, IndexProfile, ProfileLog } from './schema.js';

export type Query = estypes.QueryDslQueryContainer;

/** The logs that a profile describes. */
export function logsOf(profile: IndexProfile): readonly ScoredLog[] {
  return Object.keys(profile.logs) as ScoredLog[];
}

/** @throws {Error} for a log that the profile lacks: callers go by `logsOf` */
export function describedLog(profile: IndexProfile, log: ScoredLog): ProfileLog {
  const described = profile.logs[log];
  if (described === undefined) throw new Error(`the profile ${profile.name} has no log ${log}`);
  return described;
}

/** The index expression of every log, for one site. */
export function indicesOf(profile: IndexProfile, namespace: string): string {
  return patternsOf(profile, namespace).join(',');
}

/** The same as a list; `*` for the namespace stands for every site. */
export function patternsOf(profile: IndexProfile, namespace: string): readonly string[] {
  const patterns = [
    ...logsOf(profile).flatMap((log) => describedLog(profile, log).index),
    ...(profile.capture_loss?.index ?? []),
  ];
  return [...new Set(patterns.map((pattern) => pattern.replaceAll('{namespace}', namespace)))];
}

/** Rows of one log. */
export function rowsOf(profile: IndexProfile, log: ScoredLog): Query {
  return { terms: { [profile.log_field]: [...describedLog(profile, log).dataset] } };
}

/** Industrial traffic: every row of an industrial log, and connections by service or by port. */
export function otTraffic(profile: IndexProfile): Query {
  const industrial = logsOf(profile).filter((log) => log !== 'conn');
  const conn = profile.logs.conn;
  return {
    bool: {
      filter: whereOf(profile),
      minimum_should_match: 1,
      should: [
        { terms: { [profile.log_field]: industrial.flatMap((log) => describedLog(profile, log).dataset) } },
        ...(conn === undefined ? [] : [industrialConnections(profile, conn)]),
      ],
    },
  };
}

/** What a scorer reads: industrial traffic, and what tells whether its sensors see all of it. */
export function scorerInput(profile: IndexProfile): Query {
  const { capture_loss, log_field } = profile;
  if (capture_loss === undefined) return otTraffic(profile);
  const losses = [...whereOf(capture_loss), { terms: { [log_field]: [...capture_loss.dataset] } }];
  return {
    bool: { minimum_should_match: 1, should: [otTraffic(profile), { bool: { filter: losses } }] },
  };
}

/** Of these rows those that are not cyclic: of the others a scorer that follows arrivals reads a selection. */
export function rowByRow(profile: IndexProfile, rows: Query): Query {
  const cyclic = logsOf(profile).filter((log) => SCORED_LOG_TYPES[log].cyclic);
  return { bool: { filter: [rows], must_not: cyclic.map((log) => rowsOf(profile, log)) } };
}

function whereOf({ where }: Pick<IndexProfile, 'where'>): Query[] {
  return Object.entries(where).map(([field, value]) => ({ term: { [field]: value } }));
}

function industrialConnections(profile: IndexProfile, { service = [] }: ProfileLog): Query {
  return {
    bool: {
      filter: [rowsOf(profile, 'conn')],
      minimum_should_match: 1,
      should: [
        ...service.map((field) => ({ terms: { [field]: Object.keys(SERVICE_PROTOCOL) } })),
        { terms: { [profile.identity.port.field]: Object.keys(PORT_PROTOCOL).map(Number) } },
      ],
    },
  };
}

/** Where a column of a log lies; undefined if this convention doesn't keep it. */
export function columnSpec({ columns, columns_under }: ProfileLog, column: string): FieldSpec | undefined {
  const own = columns[column];
  if (own !== undefined) return own;
  if (columns_under === undefined) return undefined;
  const field = `${columns_under}.${column}`;
  return { field, source: field, values: {} };
}

/** What the convention writes for values of Zeek's. */
export function conventionValues({ values }: FieldSpec, zeek: readonly string[]): readonly string[] {
  const renamed = Object.keys(values).filter((theirs) => zeek.includes(values[theirs] ?? ''));
  return [...new Set([...renamed, ...zeek.filter((value) => !(value in values))])];
}

/** The field whose order is the order of time. */
export function timeOrder({ time }: IndexProfile): string {
  return time.exact?.field ?? time.field;
}

/** Rows of a window: `from` and later, before `to` (seconds since the epoch). */
export function timeWindow({ time: { field } }: IndexProfile, from: number, to: number): Query {
  return { range: { [field]: { gte: from * 1000, lt: to * 1000, format: 'epoch_millis' } } };
}

/** Rows between two ends over a time; an end that is left out is any. Seconds since the epoch, the end excluded. */
export interface Traffic {
  readonly source?: string;
  readonly destination?: string;
  readonly port?: number;
  readonly from: number;
  readonly to: number;
}

/** Rows of this traffic, whichever way round the convention has the two ends of a message. */
export function trafficQuery(profile: IndexProfile, traffic: Traffic): Query {
  const { source, destination, port } = profile.identity;
  const ends = (from: string | undefined, to: string | undefined): Query[] => [
    ...(from === undefined ? [] : [{ term: { [source.field]: from } }]),
    ...(to === undefined ? [] : [{ term: { [destination.field]: to } }]),
  ];
  const onPort = traffic.port === undefined ? [] : [{ term: { [port.field]: traffic.port } }];
  return {
    bool: {
      filter: [timeWindow(profile, traffic.from, traffic.to)],
      minimum_should_match: 1,
      should: [
        { bool: { filter: [...ends(traffic.source, traffic.destination), ...onPort] } },
        { bool: { filter: ends(traffic.destination, traffic.source) } },
      ],
    },
  };
}

/** The parts of a document that reading a row needs, for `_source` filtering. */
export function sourceFields(profile: IndexProfile): string[] {
  const { identity, time, arrival, log_field } = profile;
  const fields = [
    log_field,
    time.field,
    arrival.field,
    ...(time.exact === undefined ? [] : [time.exact.field]),
  ];
  for (const spec of Object.values(identity)) if (spec !== undefined) fields.push(spec.source);
  for (const log of logsOf(profile)) {
    const { columns, columns_under, service = [], duration, bytes, reversed } = describedLog(profile, log);
    fields.push(...Object.values(columns).map(({ source }) => source), ...service);
    if (columns_under !== undefined) fields.push(columns_under);
    if (duration !== undefined) fields.push(duration.field);
    if (reversed !== undefined) fields.push(reversed.field);
    if (bytes !== undefined)
      fields.push(bytes.orig, bytes.resp, ...(bytes.history === undefined ? [] : [bytes.history]));
  }
  return [...new Set(fields)];
}

/** Fields that every index of a profile must have for anything to be read. */
export function queriedFields({ log_field, time, arrival, bucket, where }: IndexProfile): readonly string[] {
  return [
    log_field,
    time.field,
    ...(time.exact === undefined ? [] : [time.exact.field]),
    arrival.field,
    ...(bucket === undefined ? [] : [bucket]),
    ...Object.keys(where),
  ];
}

/** Fields by whose values rows are counted. */
export function aggregatedFields(profile: IndexProfile): readonly string[] {
  const { source, destination, port, sensor, vlan, inner_vlan } = profile.identity;
  const specs = [source, destination, port, sensor, vlan, inner_vlan].flatMap((spec) => spec ?? []);
  const columns = logsOf(profile).flatMap((log) =>
    structureColumns(SCORED_LOG_TYPES[log]).flatMap(
      (column) => columnSpec(describedLog(profile, log), column) ?? [],
    ),
  );
  return [...new Set([...specs, ...columns].map(({ field }) => field))];
}
