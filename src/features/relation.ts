import type { OtRecord } from './otRecord.js';

/**
 * The keys by which traffic is held against its past. Parts are joined by `|`, which none of them contains.
 *
 * Structure (source … functionCode) leaves sensor and VLAN out: a known pair that a second sensor sees is
 * still a known pair. Intervals keep them in: each sensor sees a sequence of its own.
 */
export const structureKeys = {
  source: (r: OtRecord) => r.source,
  destination: (r: OtRecord) => r.destination,
  pair: (r: OtRecord) => `${r.source}|${r.destination}`,
  port: (r: OtRecord) => `${r.source}|${r.destination}|${r.port}|${r.protocol}`,
  unit: (r: OtRecord) => `${r.source}|${r.destination}|${r.port}|${r.protocol}|${r.unit}`,
  functionCode: (r: OtRecord) =>
    `${r.source}|${r.destination}|${r.port}|${r.protocol}|${r.unit}|${r.functionCode}`,
} as const;

export type StructureLevel = keyof typeof structureKeys;
export const STRUCTURE_LEVELS = Object.keys(structureKeys) as readonly StructureLevel[];

/** Site or sensor, VLAN where logged, source, destination, port, protocol, and for Modbus the unit. */
export function relationKey(r: OtRecord): string {
  return `${r.sensor}|${r.vlan}|${structureKeys.unit(r)}`;
}

/**
 * The sequence whose intervals are compared: the relation and the function code, plus address and quantity
 * where the log has them (a master reads several things in a burst, so the relation alone mixes them).
 */
export function sequenceKey(r: OtRecord): string {
  const where = r.address === undefined ? '' : `|${whereKey(r)}`;
  return `${r.log}|${relationKey(r)}|${r.functionCode}${where}`;
}

/** What of a device a request is about: the first address and how many from there on, where the log says. */
export function whereKey({ address, quantity }: Pick<OtRecord, 'address' | 'quantity'>): string {
  return `${address}|${quantity ?? ''}`;
}

/** Log, relation as its structure is (no sensor, no VLAN), function code: whose requests' addresses are looked at together. */
export function requestKey(r: OtRecord): string {
  return `${r.log}|${structureKeys.functionCode(r)}`;
}

/** Rows of one log, relation and function code: what a baseline's sample is drawn by. */
export function groupKey(r: OtRecord): string {
  return `${r.log}|${relationKey(r)}|${r.functionCode}`;
}

/** The relation as a person reads it. */
export function describeRelation(r: OtRecord): string {
  const unit = r.unit === '-' ? '' : ` unit ${r.unit}`;
  return `${r.source} → ${r.destination}:${r.port} (${r.protocol}${unit})`;
}
