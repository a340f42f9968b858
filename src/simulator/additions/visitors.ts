import type { Host } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import type { Plant } from '../plant.js';
import { HOUR, MILLISECOND, MINUTE, SECOND } from '../time.js';
import type { Addition } from './addition.js';
import { isNth } from './calendar.js';
import { readBlocks, visits, WHO_ARE_YOU } from './visits.js';

/** Operators who take over go through every PLC's pages at the HMI. */
export const shiftChange: Addition = {
  name: 'shift-change',
  summary: 'at 06:00, 14:00 and 22:00 the HMI goes through every PLC’s pages',
  protocol: 'modbus',
  activities: ({ plcs, hmi }) =>
    plcs.map((server) =>
      visits({
        name: 'shift change',
        client: hmi,
        server,
        hours: () => [6 * HOUR, 14 * HOUR, 22 * HOUR],
        requests: () => [...readBlocks('READ_HOLDING_REGISTERS', 3, 100), ...readBlocks('READ_COILS', 1, 64)],
        pause: { least: 100 * MILLISECOND, most: 600 * MILLISECOND },
        late: 10 * MINUTE,
      }),
    ),
};

/** A report server reads what the historian doesn't keep: a little each morning, much on the first of the month. */
export const scheduledReports: Addition = {
  name: 'scheduled-reports',
  summary: 'a report server reads every PLC at 05:00, and ten times as much on the first of the month',
  protocol: 'modbus',
  visitors: (plant) => [{ host: reportServer(plant), plcs: plant.plcs }],
  activities: (plant) =>
    plant.plcs.map((server, i) =>
      visits({
        name: 'reports',
        client: reportServer(plant),
        server,
        hours: () => [5 * HOUR + i * 20 * SECOND],
        requests: ({ dayOfMonth }) => readBlocks('READ_HOLDING_REGISTERS', dayOfMonth === 1 ? 20 : 2, 120),
        pause: { least: 5 * MILLISECOND, most: 40 * MILLISECOND },
        late: SECOND,
      }),
    ),
};

function reportServer(plant: Plant): Host {
  return visitor(plant, 'historian', 'REP-01', '30.25', 'linux');
}

/** A technician's laptop: read, adjust, read again. Each PLC once in a fortnight, on a working day. */
export const calibration: Addition = {
  name: 'calibration',
  summary: 'a technician’s laptop calibrates each PLC once in a fortnight, on a working day',
  protocol: 'modbus',
  visitors: (plant) => [{ host: calibrator(plant), plcs: plant.plcs }],
  activities: (plant) =>
    plant.plcs.map((server, i) =>
      visits({
        name: 'calibration',
        client: calibrator(plant),
        server,
        // Days 0 to 4 of the epoch's weeks are Thursday to Monday: the offsets fall on Monday to Friday.
        hours: ({ number }) =>
          number % 14 === CALIBRATION_DAYS[i % CALIBRATION_DAYS.length] ? [10 * HOUR] : [],
        requests: () => [
          WHO_ARE_YOU,
          ...readBlocks('READ_INPUT_REGISTERS', 4, 8),
          ...[200, 201, 202].map(adjustment),
          ...readBlocks('READ_INPUT_REGISTERS', 4, 8),
        ],
        pause: { least: 5 * SECOND, most: 60 * SECOND },
        late: 4 * HOUR,
      }),
    ),
};
/** Days of a fortnight that begins on a Thursday: Thursday, Friday, Monday, Tuesday, Wednesday, twice. */
const CALIBRATION_DAYS = [0, 1, 4, 5, 6, 7, 8, 11, 12, 13];

function adjustment(address: number): ModbusRequest {
  return { func: 'WRITE_SINGLE_REGISTER', address, quantity: 1 };
}

function calibrator(plant: Plant): Host {
  return visitor(plant, 'engineering', 'CAL-01', '40.51', 'windows');
}

/** The manufacturer looks at every fourth PLC from afar, on the second and fourth Tuesday. */
export const vendorAccess: Addition = {
  name: 'vendor-access',
  summary: 'a manufacturer’s remote access reads every fourth PLC on the second and fourth Tuesday',
  protocol: 'modbus',
  visitors: (plant) => [{ host: remoteAccess(plant), plcs: watched(plant) }],
  activities: (plant) =>
    watched(plant).map((server, i) =>
      visits({
        name: 'vendor access',
        client: remoteAccess(plant),
        server,
        hours: (day) => (isNth(day, 2, 2) || isNth(day, 2, 4) ? [13 * HOUR + i * 15 * MINUTE] : []),
        requests: () => [WHO_ARE_YOU, ...readBlocks('READ_HOLDING_REGISTERS', 30, 50)],
        pause: { least: 2 * SECOND, most: 15 * SECOND },
        late: 5 * MINUTE,
      }),
    ),
};

function watched({ plcs }: Plant) {
  return plcs.filter((_, i) => i % 4 === 0);
}

function remoteAccess(plant: Plant): Host {
  return visitor(plant, 'engineering', 'VPN-01', '40.61', 'linux');
}

/** The engineering workstation replaces every PLC's firmware on the 20th: long writes, then what was written is read. */
export const firmwareDay: Addition = {
  name: 'firmware-day',
  summary: 'on the 20th the engineering workstation writes new firmware to one PLC after the other',
  protocol: 'modbus',
  activities: ({ plcs, engineering }) =>
    plcs.map((server, i) =>
      visits({
        name: 'firmware',
        client: engineering,
        server,
        hours: ({ dayOfMonth }) => (dayOfMonth === 20 ? [8 * HOUR + i * 3 * MINUTE] : []),
        requests: () => [
          WHO_ARE_YOU,
          { func: 'DIAGNOSTICS', address: 0, quantity: 0 },
          ...readBlocks('WRITE_MULTIPLE_REGISTERS', 120, 120),
          ...readBlocks('READ_HOLDING_REGISTERS', 120, 120),
        ],
        pause: { least: 50 * MILLISECOND, most: 300 * MILLISECOND },
        late: MINUTE,
      }),
    ),
};

function visitor(
  { network }: Plant,
  role: Host['role'],
  name: string,
  host: string,
  stack: Host['stack'],
): Host {
  return { role, name, address: `${network}.${host}`, vendor: 'unknown', stack };
}
