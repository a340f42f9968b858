import type { ModbusFunction, ModbusRequest } from './modbusPdu.js';
import { between, chance, childKey, generator, integer, type Key, uniform } from './random.js';
import { HOUR, MINUTE, SECOND } from './time.js';

/** How one register or bit follows the process; periods in microseconds, phases in turns. */
interface Point {
  readonly key: Key;
  readonly level: number;
  readonly swing: { readonly share: number; readonly period: number; readonly phase: number };
  readonly ripple: { readonly share: number; readonly period: number; readonly phase: number };
  /** A setpoint stays put. */
  readonly still: boolean;
}

/** The sensor's noise, as a share of the level. */
const NOISE = 0.001;

/**
 * What a PLC's registers or bits hold at a time: a function of register and time alone, so that any
 * stretch can be computed by itself. A third of the registers are setpoints and stay put; the others
 * follow the process: a slow swing, a faster ripple, and noise.
 */
export function processValues(
  plc: Key,
  { func, address, quantity }: ModbusRequest,
  at: number,
): readonly number[] {
  const valueAt = func === 'READ_COILS' || func === 'READ_DISCRETE_INPUTS' ? bitAt : registerAt;
  const values: number[] = [];
  for (let i = 0; i < quantity; i++) values.push(valueAt(pointOf(plc, func, address + i), at));
  return values;
}

/** What a write carries: switches, or setpoints within 5 % of the register's level. */
export function writtenValues(
  plc: Key,
  { func, address, quantity, scale = 1 }: ModbusRequest,
  at: number,
): readonly number[] {
  const random = generator(childKey(plc, 'write', address), Math.floor(at / SECOND));
  const coils = func === 'WRITE_SINGLE_COIL' || func === 'WRITE_MULTIPLE_COILS';
  return Array.from({ length: quantity }, (_, i) => {
    if (coils) return integer(random, 0, 1);
    const { level } = pointOf(plc, 'READ_HOLDING_REGISTERS', address + i);
    return Math.round(level * scale * between(random, 0.95, 1.05));
  });
}

function registerAt({ key, level, swing, ripple, still }: Point, at: number): number {
  if (still) return level;
  const noise = (uniform(generator(key, Math.floor(at / SECOND))) - 0.5) * 2 * NOISE;
  return Math.round(level * (1 + swing.share * wave(swing, at) + ripple.share * wave(ripple, at) + noise));
}

/** On while the slow swing is above a threshold of the bit's own. */
function bitAt({ level, swing }: Point, at: number): number {
  return wave(swing, at) > (level - MIDDLE) / (0.9 * MIDDLE) ? 1 : 0;
}

function wave({ period, phase }: Point['swing'], at: number): number {
  return Math.sin(2 * Math.PI * (at / period + phase));
}

const LEVELS = { least: 500, most: 30_000 };
const MIDDLE = (LEVELS.least + LEVELS.most) / 2;

/** Points never change: each is drawn once, however often it is read. */
const drawn = new WeakMap<Key, Map<string, Map<number, Point>>>();

function pointOf(plc: Key, func: ModbusFunction, address: number): Point {
  const tables = drawn.get(plc) ?? new Map<string, Map<number, Point>>();
  drawn.set(plc, tables);
  const table = tables.get(func) ?? new Map<number, Point>();
  tables.set(func, table);
  const known = table.get(address);
  if (known !== undefined) return known;
  const point = drawPoint(childKey(plc, func, address));
  table.set(address, point);
  return point;
}

function drawPoint(key: Key): Point {
  const random = generator(key);
  return {
    key,
    level: integer(random, LEVELS.least, LEVELS.most),
    swing: {
      share: between(random, 0.01, 0.1),
      period: between(random, 2, 24) * HOUR,
      phase: uniform(random),
    },
    ripple: {
      share: between(random, 0.001, 0.01),
      period: between(random, 1, 20) * MINUTE,
      phase: uniform(random),
    },
    still: chance(random, 0.33),
  };
}
