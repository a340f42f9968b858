import type { ModbusRequest } from './modbusPdu.js';
import { between, chance, childKey, generator, integer, type Key, uniform } from './random.js';
import { HOUR, MINUTE, SECOND } from './time.js';

/**
 * What a PLC's registers or bits hold at a time: a function of register and time alone, so that any
 * stretch can be computed by itself. A third of the registers are setpoints and stay put; the others
 * follow the process: a slow swing, a faster ripple, and noise of the sensor.
 */
export function processValues(
  plc: Key,
  { func, address, quantity }: ModbusRequest,
  at: number,
): readonly number[] {
  const bits = func === 'READ_COILS' || func === 'READ_DISCRETE_INPUTS';
  return Array.from({ length: quantity }, (_, i) => {
    const key = childKey(plc, func, address + i);
    return bits ? bitAt(key, at) : registerAt(key, at);
  });
}

function registerAt(key: Key, at: number): number {
  const random = generator(key);
  const level = integer(random, 500, 30_000);
  if (chance(random, 0.33)) return level;
  const swing = wave(at, between(random, 2, 24) * HOUR, uniform(random)) * between(random, 0.01, 0.1);
  const ripple = wave(at, between(random, 1, 20) * MINUTE, uniform(random)) * between(random, 0.001, 0.01);
  const noise = (uniform(generator(key, Math.floor(at / SECOND))) - 0.5) * 0.002;
  return Math.round(level * (1 + swing + ripple + noise));
}

function bitAt(key: Key, at: number): number {
  const random = generator(key);
  const threshold = between(random, -1.2, 1.2);
  return wave(at, between(random, 0.5, 24) * HOUR, uniform(random)) > threshold ? 1 : 0;
}

function wave(at: number, period: number, phase: number): number {
  return Math.sin(2 * Math.PI * (at / period + phase));
}

/** What a write carries: a switch, or setpoints within 5 % of the register's level. */
export function writtenValues(
  plc: Key,
  { func, address, quantity }: ModbusRequest,
  at: number,
): readonly number[] {
  const random = generator(childKey(plc, 'write', address), Math.floor(at / SECOND));
  const coils = func === 'WRITE_SINGLE_COIL' || func === 'WRITE_MULTIPLE_COILS';
  return Array.from({ length: quantity }, (_, i) => {
    if (coils) return integer(random, 0, 1);
    const level = integer(generator(childKey(plc, 'READ_HOLDING_REGISTERS', address + i)), 500, 30_000);
    return Math.round(level * between(random, 0.95, 1.05));
  });
}
