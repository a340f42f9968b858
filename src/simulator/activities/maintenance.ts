import type { Activity } from '../activity.js';
import type { ModbusFunction } from '../modbusPdu.js';
import type { Plant } from '../plant.js';
import { between, childKey, generator, integer } from '../random.js';
import { DAY, MINUTE, startOfDay, weekday } from '../time.js';
import { type Sitting, sittings } from './engineeringSession.js';

/** A PLC's turn takes this part of its share of the window, and no longer than ten minutes. */
const SHARE = 0.8;
const LONGEST = 10 * MINUTE;

/** The weekly maintenance: one PLC after the other is read far and wide, tested and written. */
export function maintenance(plant: Plant): Activity {
  const { weekday: onDay, startsAt, lasts } = plant.maintenance;
  return sittings('maintenance', function* (recording) {
    for (let day = startOfDay(recording.from); day < recording.to; day += DAY) {
      if (weekday(day) !== onDay) continue;
      const share = lasts / plant.plcs.length;
      for (let i = 0; i < plant.plcs.length; i++) {
        const sitting = turn(plant, i, day + startsAt + Math.round(i * share), share, day / DAY);
        if (sitting !== undefined && sitting.span.from >= recording.from && sitting.span.from < recording.to)
          yield sitting;
      }
    }
  });
}

function turn(plant: Plant, index: number, from: number, share: number, day: number): Sitting | undefined {
  const server = plant.plcs[index];
  if (server === undefined) return undefined;
  const key = childKey(server.key, 'maintenance', day);
  const random = generator(key);
  const lasts = Math.min(share * SHARE, LONGEST) * between(random, 0.7, 1);
  const writes: ModbusFunction[] = ['WRITE_MULTIPLE_COILS', 'DIAGNOSTICS'];
  for (let n = integer(random, 2, 5); n > 0; n--) writes.push('WRITE_MULTIPLE_REGISTERS');
  return {
    key,
    client: plant.engineering,
    server,
    span: { from, to: from + Math.round(lasts) },
    uploads: integer(random, 10, 16),
    writes,
  };
}
