import type { Plc } from './host.js';
import type { ModbusFunction, ModbusRequest } from './modbusPdu.js';
import {
  between,
  chance,
  childKey,
  generator,
  integer,
  type Key,
  pick,
  type RandomGenerator,
} from './random.js';
import { MILLISECOND, SECOND } from './time.js';

const VENDORS = ['Schneider Electric', 'Siemens', 'WAGO', 'Phoenix Contact', 'ABB'] as const;
const AREAS = ['intake', 'dosing', 'filtration', 'storage', 'pumping'] as const;
/** First octet of the PLC zone's third byte, and PLCs in one /24 (hosts .11 to .210). */
const FIRST_SUBNET = 10;
const PER_SUBNET = 200;

/** The n-th PLC of a plant. Ranges are what shared/design's reference plant and real captures show. */
export function buildPlc(plantKey: Key, network: string, index: number): Plc {
  const key = childKey(plantKey, 'plc', index);
  const random = generator(key);
  const holding = block(random, 'READ_HOLDING_REGISTERS', 10, 60);
  const input = block(random, 'READ_INPUT_REGISTERS', 10, 60);
  const coils = block(random, 'READ_COILS', 16, 64);
  const inputs = block(random, 'READ_DISCRETE_INPUTS', 16, 64);
  const number = String(index + 1).padStart(2, '0');
  // Every tenth belongs to a safety instrumented system: watched, never written by an operator.
  const safety = index % 10 === 9;
  return {
    role: 'plc',
    key,
    name: `${safety ? 'SIS' : 'PLC'}-${number}`,
    address: plcAddress(network, index),
    vendor: pick(random, VENDORS),
    stack: 'embedded',
    unit: pick(random, [1, 1, 255]),
    // 0.8 ms in one capture of real devices' emulation, tens of ms where a scan cycle is waited for.
    answersWithin: Math.round(between(random, 0.8, 12) * MILLISECOND),
    scadaPeriod: integer(random, 10, 20) * 50 * MILLISECOND,
    scadaReads: scadaReads(random, { holding, input, coils, inputs }),
    hmiPeriod: integer(random, 4, 10) * 500 * MILLISECOND,
    hmiReads: chance(random, 0.5) ? [holding, coils] : [input, coils, inputs],
    // Half of the PLCs, the first always: the historian keeps what reports need, not everything.
    historianReads: index === 0 || (index !== 1 && chance(random, 0.55)) ? [wide(random)] : [],
    // Two of three; the first always, the second never, so that each kind exists in any plant.
    operatorWrites: index === 0 || (index !== 1 && !safety && chance(random, 0.67)) ? writes(random) : [],
    safetyInstrumentedSystem: safety,
    redundancyGroup: index % 10 < 2 ? `RG-${Math.floor(index / 10) + 1}` : '',
    processArea: AREAS[Math.floor(index / 4) % AREAS.length] ?? AREAS[0],
  };
}

/** How often the historian collects, microseconds. */
export const HISTORIAN_PERIOD = 60 * SECOND;

export function plcAddress(network: string, index: number): string {
  return `${network}.${FIRST_SUBNET + Math.floor(index / PER_SUBNET)}.${11 + (index % PER_SUBNET)}`;
}

interface Blocks {
  readonly holding: ModbusRequest;
  readonly input: ModbusRequest;
  readonly coils: ModbusRequest;
  readonly inputs: ModbusRequest;
}

/** Two to four reads a cycle; one master in three reads two blocks with one and the same function. */
function scadaReads(random: RandomGenerator, blocks: Blocks): readonly ModbusRequest[] {
  const reads = [blocks.holding, chance(random, 0.5) ? blocks.input : blocks.inputs];
  if (chance(random, 0.6)) reads.push(blocks.coils);
  if (chance(random, 0.33)) reads.push({ ...blocks.holding, address: blocks.holding.address + 200 });
  return reads;
}

function block(random: RandomGenerator, func: ModbusFunction, low: number, high: number): ModbusRequest {
  return { func, address: integer(random, 0, 20) * 10, quantity: integer(random, low, high) };
}

/** The historian's block: up to 120 registers (the protocol allows 125). */
function wide(random: RandomGenerator): ModbusRequest {
  return block(random, 'READ_HOLDING_REGISTERS', 60, 120);
}

/** A setpoint and a switch. */
function writes(random: RandomGenerator): readonly ModbusRequest[] {
  return [
    { func: 'WRITE_SINGLE_REGISTER', address: integer(random, 100, 140), quantity: 1 },
    { func: 'WRITE_SINGLE_COIL', address: integer(random, 0, 31), quantity: 1 },
  ];
}
