import { toOtRecord } from '../../features/otRecord.js';
import { requestKey } from '../../features/relation.js';
import { marginOf, type Range } from '../../model/writtenRange.js';
import { scoredLogType } from '../../zeek/scoredLogs.js';
import { ATLAS } from '../atlas.js';
import { zeekRow } from '../group.js';
import type { EvasionAttack } from './evasion.js';
import { writers } from './roles.js';

/** As far beyond the range as … */
const MARGINS = 10;

/** A host that writes to the device anyway writes to the same address one value that is far off, once. */
export const setPointJump: EvasionAttack = {
  name: 'set-point-jump',
  atlas: ATLAS.evade,
  what: 'a known writer writes one value far beyond all that it ever wrote there',
  unit: 'registers',
  floor: 'strangers',
  attempt({ model, day }) {
    const { writtenValues = {} } = model.baseline;
    for (const writer of writers(model)) {
      const record = toOtRecord(zeekRow(writer, { ts: 1, uid: 'C' }));
      const type = scoredLogType(writer.log);
      const [address, quantity, values] = [type?.address[0], type?.quantity[0], type?.values[0]];
      if (record === undefined || address === undefined || quantity === undefined || values === undefined)
        continue;
      const prefix = `${requestKey(record)}|`;
      const found = Object.entries(writtenValues).find(([key]) => key.startsWith(prefix));
      const [at, of] = found?.[0].slice(prefix.length).split('|') ?? [];
      const range = found?.[1].find((one): one is Range => one !== null);
      if (found === undefined || at === undefined || range === undefined) continue;
      const row = zeekRow(writer, {
        ts: day + 10 * 3600,
        uid: 'CgateJump',
        [address]: Number(at),
        ...(of === undefined || of === '' ? {} : { [quantity]: Number(of) }),
        [values]: found[1].map((one) => (one === null ? 0 : Math.ceil(one[1] + MARGINS * marginOf(one)))),
      });
      return { rows: [row], done: [1] };
    }
    return undefined;
  },
};
