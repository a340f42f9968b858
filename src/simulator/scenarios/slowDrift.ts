import type { PeriodChange } from '../activities/persistentPolling.js';
import type { Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { DAY, HOUR, type Span, toIso } from '../time.js';
import type { OpenLabel, Scenario, Stage } from './scenario.js';

/** A drift goes on for so long, or to the end of what is simulated. */
const LASTS = 3 * DAY;
/** The interval changes at reconnects only. */
const RECONNECTS_EVERY = 4 * HOUR;
const INTERVAL_PER_HOUR = 0.005;
const SETPOINT_PER_HOUR = 0.003;

function driftOf({ plant, at, window }: Stage, source: string, note: string) {
  const plc = plant.plcs[0] as Plc;
  const span: Span = { from: at, to: Math.min(at + LASTS, window.to) };
  const label: OpenLabel = {
    from: toIso(span.from),
    to: toIso(span.to),
    uids: [],
    source,
    destination: plc.address,
    note,
  };
  return { plc, span, label, onSession: (uid: string) => label.uids.push(uid) };
}

/** Half a percent an hour, so that no interval is much longer than the one before. */
export const slowDriftInterval: Scenario = {
  name: 'slow-drift-interval',
  summary: 'the SCADA master polls one PLC half a percent slower each hour, for three days',
  protocol: 'modbus',
  inject(stage) {
    const { scada } = stage.plant;
    const { plc, span, label, onSession } = driftOf(
      stage,
      scada.address,
      'the polling period grows by 0.5 % an hour',
    );
    const changes: PeriodChange[] = [];
    for (let from = span.from; from < span.to; from += RECONNECTS_EVERY) {
      const factor = 1 + (INTERVAL_PER_HOUR * (from - span.from)) / HOUR;
      changes.push({
        from,
        to: Math.min(from + RECONNECTS_EVERY, span.to),
        factor,
        thinned: true,
        onSession,
      });
    }
    return {
      labels: [label],
      activities: [],
      adjust: (relation) =>
        relation.client === scada && relation.server === plc ? { ...relation, changes } : relation,
    };
  },
};

/** One register an hour less, so that answers, and the bytes of each connection, shrink. */
export const slowDriftBytes: Scenario = {
  name: 'slow-drift-bytes',
  summary: 'the historian reads one register less of one PLC each hour, for three days',
  protocol: 'modbus',
  inject(stage) {
    const { historian } = stage.plant;
    const { plc, span, label, onSession } = driftOf(
      stage,
      historian.address,
      'each hour the block is one register shorter',
    );
    const shorter = (request: ModbusRequest, at: number): ModbusRequest => ({
      ...request,
      quantity: Math.max(1, request.quantity - Math.floor((at - span.from) / HOUR)),
    });
    return {
      labels: [label],
      activities: [],
      adjustCollecting: (relation) =>
        relation.server === plc
          ? {
              ...relation,
              change: {
                ...span,
                reads: (at) => relation.reads.map((request) => shorter(request, at)),
                onSession,
              },
            }
          : relation,
    };
  },
};

/** What operators write creeps upwards; modbus_detailed alone has the values. */
export const slowDriftSetpoint: Scenario = {
  name: 'slow-drift-setpoint',
  summary: 'what the HMI writes to one PLC grows by 0.3 % an hour, for three days (values: modbus_detailed)',
  protocol: 'modbus',
  inject(stage) {
    const { hmi } = stage.plant;
    const { plc, span, label, onSession } = driftOf(
      stage,
      hmi.address,
      'written values grow by 0.3 % an hour',
    );
    const scaled = (request: ModbusRequest, at: number): ModbusRequest =>
      request.func === 'WRITE_SINGLE_REGISTER' && at >= span.from && at < span.to
        ? { ...request, scale: 1 + (SETPOINT_PER_HOUR * (at - span.from)) / HOUR }
        : request;
    return {
      labels: [label],
      activities: [],
      adjust: (relation) =>
        relation.client === hmi && relation.server === plc
          ? {
              ...relation,
              changes: [{ ...span, factor: 1, thinned: true, onSession }],
              writes: (room) =>
                (relation.writes?.(room) ?? []).map((write) => ({
                  ...write,
                  request: scaled(write.request, write.at),
                })),
            }
          : relation,
    };
  },
};
