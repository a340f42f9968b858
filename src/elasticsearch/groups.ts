import type { estypes } from '@elastic/elasticsearch';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import { PROTOCOLS, type Protocol, portsOf, SERVICE_PROTOCOL, servicesOf } from '../features/protocol.js';
import { groupKey } from '../features/relation.js';
import {
  columnSpec,
  conventionValues,
  describedLog,
  logsOf,
  type Query,
  rowsOf,
} from '../profiles/queries.js';
import { zeekValue } from '../profiles/rowReader.js';
import type { FieldSpec, IndexProfile } from '../profiles/schema.js';
import { OK_STATUS, SCORED_LOG_TYPES, type ScoredLog, structureColumns } from '../zeek/scoredLogs.js';

type BucketKey = Readonly<Record<string, unknown>>;

/** Rows of one log that are of one protocol, with the fields that they are grouped by. */
export interface Slice {
  readonly log: ScoredLog;
  readonly protocol: Protocol;
  readonly filter: Query;
  readonly parts: readonly Part[];
}

/** What a log is grouped by: a field, and the Zeek column that a bucket's value stands for. */
interface Part {
  /** of the aggregation's source; `sensor` is no column of Zeek's */
  readonly name: string;
  readonly column: string | undefined;
  readonly spec: FieldSpec;
}

/**
 * Every scored row lies in exactly one slice: a log is one, but for conn.log, which is one a protocol. Where source and
 * destination are those of the message, those of responses are a slice of their own, in which they change places.
 */
export function slicesOf(profile: IndexProfile): readonly Slice[] {
  return logsOf(profile).flatMap((log): readonly Slice[] => {
    const ofLog = rowsOf(profile, log);
    const { protocol } = SCORED_LOG_TYPES[log];
    if (protocol !== undefined) return directions(profile, log, protocol, ofLog);
    return PROTOCOLS.flatMap((one) =>
      directions(profile, log, one, { bool: { filter: [ofLog, connectionsOf(profile, one)] } }),
    );
  });
}

function directions(
  profile: IndexProfile,
  log: ScoredLog,
  protocol: Protocol,
  filter: Query,
): readonly Slice[] {
  const { reversed } = describedLog(profile, log);
  const columns = structureColumns(SCORED_LOG_TYPES[log]).flatMap((column) => {
    const spec = columnSpec(describedLog(profile, log), column);
    return spec === undefined ? [] : [{ name: `zeek_${column}`, column, spec }];
  });
  const slice = (query: Query, turned: boolean) => ({
    log,
    protocol,
    filter: query,
    parts: [...identityParts(profile, turned), ...columns],
  });
  if (reversed === undefined) return [slice(filter, false)];
  const turned: Query = { terms: { [reversed.field]: reversed.values } };
  return [
    slice({ bool: { filter: [filter], must_not: [turned] } }, false),
    slice({ bool: { filter: [filter, turned] } }, true),
  ];
}

function identityParts({ identity }: IndexProfile, turned: boolean): readonly Part[] {
  const { source, source_port, destination, port } = identity;
  const parts = [
    { name: 'sensor', column: undefined, spec: identity.sensor },
    { name: 'vlan', column: 'vlan', spec: identity.vlan },
    { name: 'inner_vlan', column: 'inner_vlan', spec: identity.inner_vlan },
    { name: 'source', column: 'id.orig_h', spec: turned ? destination : source },
    { name: 'destination', column: 'id.resp_h', spec: turned ? source : destination },
    { name: 'port', column: 'id.resp_p', spec: turned ? source_port : port },
  ];
  return parts.flatMap(({ name, column, spec }) => (spec === undefined ? [] : [{ name, column, spec }]));
}

/**
 * Connections of one protocol, as `protocolOf` tells them. Buckets by service would count a connection of two
 * services twice.
 */
function connectionsOf(profile: IndexProfile, protocol: Protocol): Query {
  const earlier = PROTOCOLS.slice(0, PROTOCOLS.indexOf(protocol)).flatMap(servicesOf);
  const fields = describedLog(profile, 'conn').service ?? [];
  const named = (names: readonly string[]): Query => ({
    bool: { should: fields.map((field) => ({ terms: { [field]: [...names] } })), minimum_should_match: 1 },
  });
  const byService: Query = { bool: { filter: [named(servicesOf(protocol))], must_not: [named(earlier)] } };
  const byPort: Query = {
    bool: {
      filter: [{ terms: { [profile.identity.port.field]: [...portsOf(protocol)] } }],
      must_not: fields.length === 0 ? [] : [named(Object.keys(SERVICE_PROTOCOL))],
    },
  };
  return fields.length === 0 ? byPort : { bool: { should: [byService, byPort], minimum_should_match: 1 } };
}

/** The sources of a composite aggregation whose buckets are the groups of a slice. */
export function bucketSources({
  parts,
}: Slice): Record<string, estypes.AggregationsCompositeAggregationSource>[] {
  return parts.map(({ name, spec }) => ({ [name]: { terms: { field: spec.field, missing_bucket: true } } }));
}

/** A bucket as the record that its rows would make; undefined if they make none. */
export function recordOfBucket({ log, protocol, parts }: Slice, key: BucketKey): OtRecord | undefined {
  const columns: Record<string, unknown> = { ts: Number(key['hour']) / 1000, service: protocol };
  for (const { name, column, spec } of parts)
    if (column !== undefined) columns[column] = zeekValue(spec.values, key[name]);
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
function bucketFilter({ filter, parts }: Slice, bucket: BucketKey): Query {
  return {
    bool: { filter: [filter, ...parts.map(({ name, spec }) => termOrMissing(spec.field, bucket[name]))] },
  };
}

function termOrMissing(field: string, value: unknown): Query {
  return value === null || value === undefined
    ? { bool: { must_not: [{ exists: { field } }] } }
    : { term: { [field]: value as estypes.FieldValue } };
}

/** Rows of a log that hold an exception, as `toOtRecord` tells them: by the first of its columns that is set. */
export function exceptionsOf(profile: IndexProfile, log: ScoredLog): Query {
  const described = describedLog(profile, log);
  const specs = SCORED_LOG_TYPES[log].exception.flatMap((column) => columnSpec(described, column) ?? []);
  const should = specs.map((spec, i): Query => {
    const earlier = specs.slice(0, i).map(({ field }): Query => ({ exists: { field } }));
    const ok = conventionValues(spec, [...OK_STATUS]);
    return {
      bool: {
        filter: [{ exists: { field: spec.field } }],
        must_not: [{ terms: { [spec.field]: [...ok] } }, ...earlier],
      },
    };
  });
  return {
    bool: should.length === 0 ? { must_not: [{ match_all: {} }] } : { should, minimum_should_match: 1 },
  };
}

/** Responses have no interval of their own and repeat their request's structure. */
export function noResponses(profile: IndexProfile): Query {
  return { bool: { must_not: logsOf(profile).flatMap((log) => responsesOf(profile, log)) } };
}

/** Those of one log, as `toOtRecord` tells them. */
function responsesOf(profile: IndexProfile, log: ScoredLog): Query[] {
  const { rows, direction } = SCORED_LOG_TYPES[log];
  const ofLog = rowsOf(profile, log);
  if (rows === 'response') return [ofLog];
  return direction.flatMap(({ column, response, unset }) => {
    const spec = columnSpec(describedLog(profile, log), column);
    if (spec === undefined) return unset === undefined ? [] : [ofLog];
    const { field } = spec;
    const theirs = conventionValues(spec, response);
    const says: Query[] = theirs.length === 0 ? [] : [{ terms: { [field]: [...theirs] } }];
    const saysNothing: Query[] = unset === undefined ? [] : [{ bool: { must_not: [{ exists: { field } }] } }];
    return { bool: { filter: [ofLog], should: [...says, ...saysNothing], minimum_should_match: 1 } };
  });
}
