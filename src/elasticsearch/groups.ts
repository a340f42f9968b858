import type { estypes } from '@elastic/elasticsearch';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import { PROTOCOLS, type Protocol, portsOf, SERVICE_PROTOCOL, servicesOf } from '../features/protocol.js';
import { groupKey } from '../features/relation.js';
import { columnField, FIELD } from '../zeek/otZeekProfile.js';
import { SCORED_LOG_TYPES, SCORED_LOGS, type ScoredLog, structureColumns } from '../zeek/scoredLogs.js';

type Query = estypes.QueryDslQueryContainer;
type BucketKey = Readonly<Record<string, unknown>>;

/** What every log is grouped by, and the Zeek column that a bucket's value stands for. */
const COMMON = {
  sensor: { field: FIELD.sensor, column: undefined },
  vlan: { field: FIELD.vlan, column: 'vlan' },
  inner_vlan: { field: FIELD.innerVlan, column: 'inner_vlan' },
  source: { field: FIELD.source, column: 'id.orig_h' },
  destination: { field: FIELD.destination, column: 'id.resp_h' },
  port: { field: FIELD.port, column: 'id.resp_p' },
} as const;

/** Rows of one log that are of one protocol. */
export interface Slice {
  readonly log: ScoredLog;
  readonly protocol: Protocol;
  readonly filter: Query;
}

/** Every scored row lies in exactly one slice: a log is one, but for conn.log, which is one a protocol. */
export const SLICES: readonly Slice[] = SCORED_LOGS.flatMap((log): readonly Slice[] => {
  const ofLog: Query = { term: { [FIELD.log]: log } };
  const { protocol } = SCORED_LOG_TYPES[log];
  if (protocol !== undefined) return [{ log, protocol, filter: ofLog }];
  return PROTOCOLS.map((one) => ({
    log,
    protocol: one,
    filter: { bool: { filter: [ofLog, connectionsOf(one)] } },
  }));
});

/**
 * Connections of one protocol, as `protocolOf` tells them. Buckets by service would count a connection of two
 * services twice.
 */
function connectionsOf(protocol: Protocol): Query {
  const earlier = PROTOCOLS.slice(0, PROTOCOLS.indexOf(protocol)).flatMap(servicesOf);
  const service = (names: readonly string[]): Query => ({ terms: { [FIELD.protocol]: [...names] } });
  const byService: Query = {
    bool: { filter: [service(servicesOf(protocol))], must_not: [service(earlier)] },
  };
  const byPort: Query = {
    bool: {
      filter: [{ terms: { [FIELD.port]: [...portsOf(protocol)] } }],
      must_not: [service(Object.keys(SERVICE_PROTOCOL))],
    },
  };
  return { bool: { should: [byService, byPort], minimum_should_match: 1 } };
}

/** Keeps a column's name apart from those of COMMON. */
const columnSource = (column: string) => `zeek_${column}`;

/** The sources of a composite aggregation whose buckets are the groups of one log. */
export function bucketSources(
  log: ScoredLog,
): Record<string, estypes.AggregationsCompositeAggregationSource>[] {
  const common = Object.entries(COMMON).map(([name, { field }]) => [name, field] as const);
  const own = structureColumns(SCORED_LOG_TYPES[log]).map(
    (column) => [columnSource(column), columnField(log, column)] as const,
  );
  return [...common, ...own].map(([name, field]) => ({
    [name]: { terms: { field, missing_bucket: true } },
  }));
}

/** A bucket as the record that its rows would make; undefined if they make none. */
export function recordOfBucket({ log, protocol }: Slice, key: BucketKey): OtRecord | undefined {
  const columns: Record<string, unknown> = { ts: Number(key['hour']) / 1000, service: protocol };
  for (const [name, { column }] of Object.entries(COMMON))
    if (column !== undefined) columns[column] = key[name];
  for (const column of structureColumns(SCORED_LOG_TYPES[log])) columns[column] = key[columnSource(column)];
  const sensor = typeof key['sensor'] === 'string' ? key['sensor'] : undefined;
  return toOtRecord({ log, sensor, columns });
}

/**
 * Remembers which buckets a group was counted from: a key that several columns make can't be taken apart again,
 * and columns of an older and a newer log may make the same one. Memory grows with the groups, not with their rows.
 */
export class GroupFilters {
  readonly #filters = new Map<string, Map<string, Query>>();

  add(slice: Slice, record: OtRecord, bucket: BucketKey): void {
    const filter = bucketFilter(slice, bucket);
    const key = groupKey(record);
    const known = this.#filters.get(key);
    if (known === undefined) this.#filters.set(key, new Map([[JSON.stringify(filter), filter]]));
    else known.set(JSON.stringify(filter), filter);
  }

  /** @throws {Error} for a group that wasn't counted */
  filterOf(example: OtRecord): Query {
    const filters = this.#filters.get(groupKey(example));
    if (filters === undefined) throw new Error(`${groupKey(example)} was not counted before it is sampled`);
    return { bool: { should: [...filters.values()], minimum_should_match: 1 } };
  }
}

/** The rows of a bucket, whatever their hour. */
function bucketFilter({ log, filter }: Slice, bucket: BucketKey): Query {
  const parts: Query[] = [filter];
  for (const [name, { field }] of Object.entries(COMMON)) parts.push(termOrMissing(field, bucket[name]));
  for (const column of structureColumns(SCORED_LOG_TYPES[log]))
    parts.push(termOrMissing(columnField(log, column), bucket[columnSource(column)]));
  return { bool: { filter: parts } };
}

function termOrMissing(field: string, value: unknown): Query {
  return value === null || value === undefined
    ? { bool: { must_not: [{ exists: { field } }] } }
    : { term: { [field]: value as estypes.FieldValue } };
}

/** Responses have no interval of their own and repeat their request's structure. */
export const NO_RESPONSES: Query = { bool: { must_not: SCORED_LOGS.flatMap(responsesOf) } };

/** Those of one log, as `toOtRecord` tells them. */
function responsesOf(log: ScoredLog): Query[] {
  const { rows, direction } = SCORED_LOG_TYPES[log];
  const ofLog: Query = { term: { [FIELD.log]: log } };
  if (rows === 'response') return [ofLog];
  return direction.map(({ column, response, unset }) => {
    const field = columnField(log, column);
    const says: Query[] = response.length === 0 ? [] : [{ terms: { [field]: [...response] } }];
    const saysNothing: Query[] = unset === undefined ? [] : [{ bool: { must_not: [{ exists: { field } }] } }];
    return { bool: { filter: [ofLog], should: [...says, ...saysNothing], minimum_should_match: 1 } };
  });
}
