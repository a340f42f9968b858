import { ATLAS } from '../atlas.js';
import { zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { readers, rhythmOf, writesOf } from './roles.js';

const WRITES = 100;

/** A host that only ever read a device writes to it, at the very rhythm of its reads. */
export const newFunctionCode: EvasionAttack = {
  name: 'new-function-code',
  atlas: ATLAS.evade,
  what: 'a reader writes inside its learnt rhythm',
  unit: 'registers',
  floor: 'strangers',
  attempt({ model, day }) {
    const reader = readers(model)[0];
    if (reader === undefined) return undefined;
    const functionCode = writesOf(reader.protocol)[0] ?? '-';
    const period = rhythmOf(model, reader)?.median ?? 60;
    const rows = Array.from({ length: WRITES }, (_, i) =>
      zeekRow({ ...reader, functionCode }, { ts: day + 10 * 3600 + i * period, uid: 'CgateWrite' }),
    );
    return { rows, done: rows.map(() => 1) };
  },
};
