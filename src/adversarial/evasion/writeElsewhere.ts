import { toOtRecord } from '../../features/otRecord.js';
import { requestKey } from '../../features/relation.js';
import type { Model } from '../../model/artifact.js';
import { scoredLogType } from '../../zeek/scoredLogs.js';
import { ATLAS } from '../atlas.js';
import { type Group, zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { writers } from './roles.js';

const WRITES = 16;
const HALF_AN_HOUR = 1800;

/** A host that writes to the device anyway, with the function that it always uses, writes somewhere else. */
export const writeElsewhere: EvasionAttack = {
  name: 'write-elsewhere',
  atlas: ATLAS.evade,
  what: 'a known writer writes to an address that it never wrote to, each half hour, for eight hours',
  unit: 'requests',
  floor: 'strangers',
  attempt({ model, day }) {
    const writer = writers(model).find((group) => usualOf(model, group) !== undefined);
    const [column] = scoredLogType(writer?.log ?? '')?.address ?? [];
    if (writer === undefined || column === undefined) return undefined;
    const usual = new Set((usualOf(model, writer) ?? []).map((where) => Number.parseInt(where, 10)));
    let address = 0;
    while (usual.has(address)) address += 1;
    const rows = Array.from({ length: WRITES }, (_, i) =>
      zeekRow(writer, { ts: day + 8 * 3600 + i * HALF_AN_HOUR, uid: `CgateElse${i}`, [column]: address }),
    );
    return { rows, done: rows.map(() => 1) };
  },
};

/** All that the group ever wrote to, where the model holds it against what it writes. */
function usualOf({ baseline }: Model, group: Group): readonly string[] | undefined {
  const record = toOtRecord(zeekRow(group, { ts: 1, uid: 'C' }));
  const { writtenAddresses = {} } = baseline;
  const key = record === undefined ? '' : requestKey(record);
  return Object.hasOwn(writtenAddresses, key) ? writtenAddresses[key] : undefined;
}
