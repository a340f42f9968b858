import type { Activity } from '../activity.js';
import type { ModbusFunction } from '../modbusPdu.js';
import type { Plant } from '../plant.js';
import { between, childKey, generator, integer } from '../random.js';
import { DAY, MINUTE, startOfDay, weekday } from '../time.js';
import { type Sitting, sittings } from './engineeringSession.js';

/** A PLC's turn takes this part of its share of the window, and no longer than ten minutes. */
const SHARE = 0.8;
const LONGEST = 10 * MINUTE;

/** A PLC's turn in the weekly maintenance: it is read far and wide, tested and written. */
export function maintenance(plant: Plant, index: number): Activity {
  return sittings(`maintenance>${plant.plcs[index]?.address ?? index}`, function* (recording) {
    for (let day = startOfDay(recording.from); day < recording.to; day += DAY) {
      if (weekday(day) !== plant.maintenance.weekday) continue;
      const sitting = turn(plant, index, day);
      if (sitting !== undefined && sitting.span.from >= recording.from && sitting.span.from < recording.to)
        yield sitting;
    }
  });
}

/** The PLCs have their turns one after the other, each in an equal share of the window. */
function turn(plant: Plant, index: number, day: number): Sitting | undefined {
  const server = plant.plcs[index];
  if (server === undefined) return undefined;
  const share = plant.maintenance.lasts / plant.plcs.length;
  const from = day + plant.maintenance.startsAt + Math.round(index * share);
  const key = childKey(server.key, 'maintenance', day / DAY);
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
