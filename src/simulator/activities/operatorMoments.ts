import { childKey, generator, type Key, poisson, type RandomGenerator, uniform } from '../random.js';
import { HOUR, hourOfDay, type Span } from '../time.js';

/**
 * How often an operator acts on one device: once an hour by day, less at night. A test bed's operator wrote 20
 * times an hour to each of six relations; a running plant's has less to do.
 */
const ACTS_PER_HOUR = { day: 1, night: 0.25 };
const DAY_HOURS = { from: 6, to: 22 };

/** What operators do to one device in a span, at no fixed times. The same for an hour whatever the span. */
export function operatorMoments<T>(
  key: Key,
  span: Span,
  choose: (random: RandomGenerator) => T,
): readonly { readonly at: number; readonly act: T }[] {
  const found: { at: number; act: T }[] = [];
  for (let hour = Math.floor(span.from / HOUR); hour * HOUR < span.to; hour++) {
    const random = generator(childKey(key, 'operator'), hour);
    const clock = hourOfDay(hour * HOUR);
    const mean = clock >= DAY_HOURS.from && clock < DAY_HOURS.to ? ACTS_PER_HOUR.day : ACTS_PER_HOUR.night;
    const times = Array.from(
      { length: poisson(random, mean) },
      () => hour * HOUR + Math.floor(uniform(random) * HOUR),
    );
    for (const at of times.sort((a, b) => a - b)) {
      const act = choose(random);
      if (at >= span.from && at < span.to) found.push({ at, act });
    }
  }
  return found;
}
