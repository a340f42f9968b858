import type { Activity } from '../activity.js';
import type { Plc } from '../host.js';
import type { ModbusFunction } from '../modbusPdu.js';
import type { Plant } from '../plant.js';
import { between, chance, childKey, generator, type Key, poisson } from '../random.js';
import { DAY, HOUR, MINUTE, type Span, startOfDay, weekday } from '../time.js';
import { type Sitting, sittings } from './engineeringSession.js';

/** An engineer sits down at one PLC once in five working days on average, for 3 to 15 minutes. */
const SITTINGS_PER_DAY = 0.2;
const WORKING_HOURS = { from: 7.5, to: 16.5 };
const MINUTES = { least: 3, most: 15 };
/** One sitting in four changes parameters; the others only look. */
const WRITES = 0.25;

/** The engineering workstation at one PLC, Monday to Friday in working hours. */
export function engineering(plant: Plant, plc: Plc): Activity {
  const key = childKey(plc.key, 'engineering');
  return sittings(`engineering>${plc.address}`, function* (recording) {
    for (let day = startOfDay(recording.from); day < recording.to; day += DAY) {
      if (weekday(day) === 0 || weekday(day) === 6) continue;
      for (const sitting of ofDay(plant, plc, key, day))
        if (sitting.span.from >= recording.from && sitting.span.from < recording.to) yield sitting;
    }
  });
}

function ofDay(plant: Plant, plc: Plc, key: Key, day: number): readonly Sitting[] {
  const random = generator(childKey(key, 'day'), day / DAY);
  let free = day;
  return Array.from(
    { length: poisson(random, SITTINGS_PER_DAY) },
    () => day + Math.round(between(random, WORKING_HOURS.from, WORKING_HOURS.to) * HOUR),
  )
    .sort((a, b) => a - b)
    .map((drawn, n) => {
      const from = Math.max(drawn, free);
      const span: Span = {
        from,
        to: from + Math.round(between(random, MINUTES.least, MINUTES.most) * MINUTE),
      };
      free = span.to + MINUTE;
      const writes: readonly ModbusFunction[] = chance(random, WRITES) ? ['WRITE_MULTIPLE_REGISTERS'] : [];
      const own = childKey(key, 'sitting', day / DAY, n);
      return { key: own, client: plant.engineering, server: plc, span, uploads: 6, writes };
    });
}
