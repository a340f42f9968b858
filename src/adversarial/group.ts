import type { ZeekRow } from '../features/otRecord.js';
import { type Protocol, servicesOf } from '../features/protocol.js';
import type { Model } from '../model/artifact.js';
import { JOINT, type ScoredLog, scoredLogType } from '../zeek/scoredLogs.js';

/** Rows of one log, relation and function code, as a model's keys name them (features/relation.ts, `groupKey`). */
export interface Group {
  readonly log: string;
  readonly sensor: string;
  readonly vlan: string;
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly unit: string;
  /** `-` in conn.log */
  readonly functionCode: string;
}

/** Every group that the model's baseline counted, in the order of their keys. */
export function groupsOfModel({ baseline }: Model): readonly Group[] {
  return Object.keys(baseline.exceptions).sort().map(groupOf);
}

/** @param key log|sensor|vlan|source|destination|port|protocol|unit|functionCode, and what may follow */
export function groupOf(key: string): Group {
  const [
    log = '',
    sensor = '-',
    vlan = '-',
    source = '',
    destination = '',
    port = '',
    protocol = '',
    unit = '-',
    functionCode = '-',
  ] = key.split('|');
  return {
    log,
    sensor,
    vlan,
    source,
    destination,
    port: Number(port),
    protocol: protocol as Protocol,
    unit,
    functionCode,
  };
}

export function keyOf(g: Group): string {
  return `${g.log}|${relationOf(g)}|${g.functionCode}`;
}

/** sensor|vlan|source|destination|port|protocol|unit, as `relationKey` makes it of a record. */
export function relationOf({ sensor, vlan, source, destination, port, protocol, unit }: Group): string {
  return `${sensor}|${vlan}|${source}|${destination}|${port}|${protocol}|${unit}`;
}

export function describeGroup({
  source,
  destination,
  port,
  protocol,
  unit,
  functionCode,
  log,
}: Group): string {
  const of = unit === '-' ? '' : ` unit ${unit}`;
  const what = functionCode === '-' ? log : functionCode;
  return `${source} → ${destination}:${port} (${protocol}${of}, ${what})`;
}

/**
 * A row as Zeek would write it for one request of the group: what the scorer takes apart again gives the same group.
 *
 * @param ts seconds since the epoch
 */
export function zeekRow(
  group: Group,
  { ts, uid, ...more }: { readonly ts: number; readonly uid: string } & Readonly<Record<string, unknown>>,
): ZeekRow {
  const type = scoredLogType(group.log);
  const [vlan, inner] = group.vlan === '-' ? [] : group.vlan.split('.');
  const columns: Record<string, unknown> = {
    ts,
    uid,
    'id.orig_h': group.source,
    'id.orig_p': 50_000,
    'id.resp_h': group.destination,
    'id.resp_p': group.port,
    ...(vlan === undefined ? {} : { vlan: Number(vlan) }),
    ...(inner === undefined ? {} : { inner_vlan: Number(inner) }),
  };
  if (group.log === 'conn') columns['service'] = servicesOf(group.protocol)[0];
  const unit = type?.unit[0];
  if (unit !== undefined && group.unit !== '-') columns[unit] = Number(group.unit);
  for (const { column, request } of type?.direction ?? [])
    if (request[0] !== undefined) columns[column] = request[0];
  const parts = group.functionCode === '-' ? [] : group.functionCode.split(JOINT);
  for (const [i, names] of (type?.functionCode ?? []).entries()) {
    const column = names[0];
    // A code of more parts than the log has columns keeps its rest in the last one.
    const part = i === (type?.functionCode.length ?? 0) - 1 ? parts.slice(i).join(JOINT) : parts[i];
    if (column !== undefined && part !== undefined && part !== '') columns[column] = part;
  }
  return {
    log: group.log,
    sensor: group.sensor === '-' ? undefined : group.sensor,
    columns: { ...columns, ...more },
  };
}

export type { ScoredLog };
