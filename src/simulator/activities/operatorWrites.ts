import type { ModbusRequest } from '../modbusPdu.js';
import { childKey, generator, integer, type Key, pick, poisson, uniform } from '../random.js';
import type { ScriptedRequest } from '../session.js';
import { HOUR, hourOfDay, type Span } from '../time.js';

/**
 * An operator's writes to one PLC: one an hour by day, fewer at night. A test bed's operator wrote 20
 * times an hour to each of six relations; a running plant's has less to do.
 */
const WRITES_PER_HOUR = { day: 1, night: 0.25 };
const DAY_HOURS = { from: 6, to: 22 };

/** What operators write in a span, at no fixed times. The same for an hour whatever the span. */
export function operatorWrites(
  key: Key,
  requests: readonly ModbusRequest[],
  span: Span,
): readonly ScriptedRequest[] {
  const [first, ...others] = requests;
  if (first === undefined) return [];
  const found: ScriptedRequest[] = [];
  for (let hour = Math.floor(span.from / HOUR); hour * HOUR < span.to; hour++) {
    const random = generator(childKey(key, 'operator'), hour);
    const clock = hourOfDay(hour * HOUR);
    const mean =
      clock >= DAY_HOURS.from && clock < DAY_HOURS.to ? WRITES_PER_HOUR.day : WRITES_PER_HOUR.night;
    const times = Array.from(
      { length: poisson(random, mean) },
      () => hour * HOUR + Math.floor(uniform(random) * HOUR),
    );
    for (const at of times.sort((a, b) => a - b)) {
      const request = pick(random, [first, ...others]);
      const jump = request.func === 'WRITE_SINGLE_REGISTER' ? integer(random, 0, 3) : 0;
      if (at >= span.from && at < span.to)
        found.push({ at, request: { ...request, address: request.address + jump } });
    }
  }
  return found;
}
