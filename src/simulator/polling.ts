import type { Plc } from './host.js';
import type { ModbusRequest } from './modbusPdu.js';
import { between, gaussian, generator, type Key } from './random.js';
import { MILLISECOND } from './time.js';

/**
 * When the reads of one cycle are due: one after the other, the whole burst within 8 to 125 ms
 * (three reads of a real master) and never closer than the PLC answers.
 */
export function burstOffsets(key: Key, reads: readonly ModbusRequest[], plc: Plc): readonly number[] {
  const random = generator(key);
  const span = between(random, 8, 125) * MILLISECOND;
  const step = Math.max(span / Math.max(1, reads.length - 1), 1.5 * plc.answersWithin);
  return reads.map((_, i) => Math.min(Math.round(i * step), 125 * MILLISECOND));
}

/** Standard deviation of a cycle's start: real masters' differences have a MAD of 2.2 ms, so about 2 ms. */
export function gridJitter(key: Key): number {
  return Math.abs(2 + 0.7 * gaussian(generator(key))) * MILLISECOND;
}
