import { ATLAS } from '../atlas.js';
import { groupsOfModel, zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { strangerOf } from './roles.js';

const DEVICES = 48;

/** A known source knocks at one device that it never met each half hour: a connection without an answer. */
export const slowScan: EvasionAttack = {
  name: 'slow-scan',
  atlas: ATLAS.evade,
  what: 'a known source tries one new address each half hour',
  unit: 'devices',
  floor: 'strangers',
  attempt({ model, day }) {
    const known = groupsOfModel(model).find(({ log }) => log === 'conn') ?? groupsOfModel(model)[0];
    if (known === undefined) return undefined;
    const network = strangerOf(model).split('.').slice(0, 2).join('.');
    const rows = Array.from({ length: DEVICES }, (_, i) =>
      zeekRow(
        { ...known, log: 'conn', unit: '-', functionCode: '-', destination: `${network}.250.${i + 1}` },
        { ts: day + i * 1800, uid: `CgateScan${i}`, conn_state: 'S0', history: 'S' },
      ),
    );
    return { rows, done: rows.map(() => 1) };
  },
};
