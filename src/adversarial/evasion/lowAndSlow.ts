import { generator, integer } from '../../simulator/random.js';
import { ATLAS } from '../atlas.js';
import { zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { writers } from './roles.js';

const WRITES = 16;

/** A host that writes to the device anyway writes a little more: one register every half hour or so, by day. */
export const lowAndSlow: EvasionAttack = {
  name: 'low-and-slow',
  atlas: ATLAS.craft,
  what: 'a known writer writes one more register each half hour, for eight hours',
  unit: 'registers',
  floor: 'none',
  attempt({ model, day, key }) {
    const writer = writers(model)[0];
    if (writer === undefined) return undefined;
    const random = generator(key);
    let ts = day + 8 * 3600;
    const rows = Array.from({ length: WRITES }, (_, i) => {
      ts += integer(random, 1500, 2100);
      return zeekRow(writer, { ts, uid: `CgateSlow${i}` });
    });
    return { rows, done: rows.map(() => 1) };
  },
};
