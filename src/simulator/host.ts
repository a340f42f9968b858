import type { ModbusRequest } from './modbusPdu.js';
import type { Key } from './random.js';

export type HostRole =
  | 'plc'
  | 'scada'
  | 'hmi'
  | 'historian'
  | 'engineering'
  | 'front-end'
  | 'rtu'
  | 'controller'
  | 'io-adapter';

/** Whose TCP it is decides header sizes and which ports a client picks. */
export type TcpStack = 'linux' | 'windows' | 'embedded';

export interface Host {
  readonly role: HostRole;
  readonly name: string;
  readonly address: string;
  readonly vendor: string;
  readonly stack: TcpStack;
}

export interface Plc extends Host {
  readonly role: 'plc';
  readonly key: Key;
  readonly unit: number;
  /** Median time from request to answer, microseconds. */
  readonly answersWithin: number;
  /** The SCADA master's cycle, microseconds, and what it reads in one. */
  readonly scadaPeriod: number;
  readonly scadaReads: readonly ModbusRequest[];
  readonly hmiPeriod: number;
  readonly hmiReads: readonly ModbusRequest[];
  /** Read by the historian once per its period; empty for PLCs that the historian doesn't know. */
  readonly historianReads: readonly ModbusRequest[];
  /** Operators write to it through the HMI; the others are only watched. */
  readonly operatorWrites: readonly ModbusRequest[];
  readonly safetyInstrumentedSystem: boolean;
  readonly redundancyGroup: string;
  readonly processArea: string;
}
