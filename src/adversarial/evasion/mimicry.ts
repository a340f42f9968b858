import { ATLAS } from '../atlas.js';
import { zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { readers, rhythmOf, strangerOf } from './roles.js';

const REQUESTS = 100;

/** Another host sends exactly what a known one sends, at its rhythm. */
export const mimicry: EvasionAttack = {
  name: 'mimicry',
  atlas: ATLAS.evade,
  what: 'a stranger sends a known pair’s requests at their rhythm',
  unit: 'requests',
  floor: 'strangers',
  attempt({ model, day }) {
    const known = readers(model)[0];
    if (known === undefined) return undefined;
    const rhythm = rhythmOf(model, known);
    const source = strangerOf(model);
    const rows = Array.from({ length: REQUESTS }, (_, i) =>
      zeekRow(
        { ...known, source },
        { ts: day + 10 * 3600 + i * (rhythm?.median ?? 60), uid: 'CgateMimic', ...rhythm?.where },
      ),
    );
    return { rows, done: rows.map(() => 1) };
  },
};
