import { ATLAS } from '../atlas.js';
import { zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { readers, rhythmOf } from './roles.js';

const POLLS = 100;

/**
 * A known reader opens a second connection and reads the same between its own polls. Connections that are open side by
 * side are one sequence, whose rhythm this changes.
 */
export const secondConnection: EvasionAttack = {
  name: 'second-connection',
  atlas: ATLAS.evade,
  what: 'a known reader reads twice as often, over a second connection between its polls',
  unit: 'requests',
  floor: 'none',
  attempt({ model, day }) {
    const reader = readers(model)[0];
    if (reader === undefined) return undefined;
    const rhythm = rhythmOf(model, reader);
    const period = rhythm?.median ?? 60;
    const rows = Array.from({ length: 2 * POLLS }, (_, i) =>
      zeekRow(reader, {
        ts: day + 10 * 3600 + Math.floor(i / 2) * period + (i % 2) * period * 0.37,
        uid: i % 2 === 0 ? 'CgatePolls' : 'CgateOther',
        ...rhythm?.where,
      }),
    );
    return { rows, done: rows.map((_, i) => i % 2) };
  },
};
