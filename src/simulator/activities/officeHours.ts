import { between, chance, childKey, generator, type Key, poisson } from '../random.js';
import { DAY, HOUR, MINUTE, type Span, startOfDay, weekday } from '../time.js';

/** An engineer sits down at one device once in five working days on average, for 3 to 15 minutes. */
const SITTINGS_PER_DAY = 0.2;
const WORKING_HOURS = { from: 7.5, to: 16.5 };
const MINUTES = { least: 3, most: 15 };
/** One sitting in four changes parameters; the others only look. */
const CHANGES = 0.25;

/** When an engineer sits at one device, and whether anything is changed. */
export interface OfficeHours {
  readonly key: Key;
  readonly span: Span;
  readonly changes: boolean;
}

/** An engineer's sittings at one device that begin within a span, Monday to Friday in working hours. */
export function* officeHours(key: Key, { from, to }: Span): Generator<OfficeHours, void, undefined> {
  for (let day = startOfDay(from); day < to; day += DAY) {
    if (weekday(day) === 0 || weekday(day) === 6) continue;
    for (const sitting of ofDay(key, day))
      if (sitting.span.from >= from && sitting.span.from < to) yield sitting;
  }
}

function ofDay(key: Key, day: number): readonly OfficeHours[] {
  const random = generator(childKey(key, 'day'), day / DAY);
  let free = day;
  return Array.from(
    { length: poisson(random, SITTINGS_PER_DAY) },
    () => day + Math.round(between(random, WORKING_HOURS.from, WORKING_HOURS.to) * HOUR),
  )
    .sort((a, b) => a - b)
    .map((drawn, n) => {
      const begins = Math.max(drawn, free);
      const span: Span = {
        from: begins,
        to: begins + Math.round(between(random, MINUTES.least, MINUTES.most) * MINUTE),
      };
      free = span.to + MINUTE;
      const changes = chance(random, CHANGES);
      return { key: childKey(key, 'sitting', day / DAY, n), span, changes };
    });
}
