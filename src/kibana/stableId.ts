import { sha256 } from '../registry/digest.js';

/** Begins the id of every saved object: the name of the integration package, which demands it of its assets. */
export const PACKAGE_NAME = 'ot_anomaly';

/** The id of a saved object, the same in every build: `ot_anomaly-alert-investigation`. */
export function objectId(name: string): string {
  return `${PACKAGE_NAME}-${name}`;
}

/** A UUID that depends on nothing but the path of names, for panels, layers, columns and rules. */
export function stableUuid(...path: readonly string[]): string {
  const hex = sha256(path.join('\n'));
  // Version 8 (RFC 9562) is for UUIDs whose bits the maker chooses.
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
