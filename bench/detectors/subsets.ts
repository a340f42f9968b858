import type { OtRecord } from '../../src/features/otRecord.js';
import { structureKeys } from '../../src/features/relation.js';
import type { Model } from '../../src/model/artifact.js';

/** Every part of a verdict there may be. */
export const PARTS = [
  'novelty',
  'written_address',
  'written_value',
  'isolation_forest',
  'histogram',
  'hour_of_week',
  'surprise',
  'drift',
  'three_of_ten',
  'fan_out',
  'exceptions',
  'write_rate',
  'silence',
] as const;
export const ALLOW_LIST = 'allow-list';

/** A choice of detectors, of whose parts below the line a verdict is made. */
export interface Subset {
  readonly name: string;
  has(part: string): boolean;
}

/** All, each alone, each left out, and an allow-list in their place. Parts don't see each other, so one run serves all. */
export const SUBSETS: readonly Subset[] = [
  { name: 'all detectors', has: (part) => part !== ALLOW_LIST },
  ...PARTS.map((name): Subset => ({ name: `${name} alone`, has: (part) => part === name })),
  ...PARTS.map(
    (name): Subset => ({ name: `without ${name}`, has: (part) => part !== name && part !== ALLOW_LIST }),
  ),
  { name: 'a plain allow-list', has: (part) => part === ALLOW_LIST },
];

/** A firewall's view: who may talk to whom on which port with which function, as the baseline saw them. */
export function allowList({ baseline: { structure } }: Model): (record: OtRecord) => boolean {
  const [ports, functions] = [
    new Set(Object.keys(structure.port)),
    new Set(Object.keys(structure.functionCode)),
  ];
  return (record) =>
    ports.has(structureKeys.port(record)) &&
    (record.functionCode === '-' || functions.has(structureKeys.functionCode(record)));
}
