import type { Plc } from '../host.js';
import { HOUR, type Span, toIso } from '../time.js';
import type { OpenLabel, Scenario } from './scenario.js';

/** Longer than a plant that is recorded in stretches, one a shift, is quiet by itself. */
const LASTS = 24 * HOUR;

/** The SCADA master stops polling the second PLC (the first of a plant that has one) and says nothing about it. */
export const silentMaster: Scenario = {
  name: 'silent-master',
  summary: 'the SCADA master no longer polls one PLC, for a day',
  protocol: 'modbus',
  inject({ plant, at, window }) {
    const plc = (plant.plcs[1] ?? plant.plcs[0]) as Plc;
    const span: Span = { from: at, to: Math.min(at + LASTS, window.to) };
    const label: OpenLabel = {
      from: toIso(span.from),
      to: toIso(span.to),
      uids: [],
      source: plant.scada.address,
      destination: plc.address,
      note: 'nothing is sent: what there is to find is an absence',
    };
    return {
      labels: [label],
      activities: [],
      adjust: (relation) =>
        relation.client === plant.scada && relation.server === plc
          ? { ...relation, absent: (within) => [...(relation.absent?.(within) ?? []), span] }
          : relation,
    };
  },
};
