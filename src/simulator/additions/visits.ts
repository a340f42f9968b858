import type { Activity } from '../activity.js';
import type { Host, Plc } from '../host.js';
import type { ModbusRequest } from '../modbusPdu.js';
import { upAgain } from '../plcRestarts.js';
import { childKey, generator, integer } from '../random.js';
import { runSession } from '../runSession.js';
import { scriptedConnection } from '../scenarios/scriptedConnection.js';
import type { Span } from '../time.js';
import { type CalendarDay, days } from './calendar.js';

/** A client that comes to one PLC at times of its own, does its requests one by one, and leaves. */
export interface Visits {
  readonly name: string;
  readonly client: Host;
  readonly server: Plc;
  /** When it comes on a day, microseconds after midnight; further apart than it stays. */
  readonly hours: (day: CalendarDay) => readonly number[];
  readonly requests: (day: CalendarDay) => readonly ModbusRequest[];
  /** Between two requests, microseconds. */
  readonly pause: { readonly least: number; readonly most: number };
  /** It comes up to so much later than planned, microseconds. */
  readonly late: number;
}

export function visits({ name, client, server, hours, requests, pause, late }: Visits): Activity {
  return {
    name: `${name}>${server.address}`,
    *steps(recording) {
      for (const { day, planned } of within(recording, hours)) {
        const key = childKey(server.key, name, planned);
        const random = generator(childKey(key, 'pace'));
        let at = planned + integer(random, 0, late);
        if (at < recording.from || at >= recording.to || upAgain(server, at) > at) continue;
        const script = requests(day).map((request) => {
          const asked = at;
          at += integer(random, pause.least, pause.most) + 5 * server.answersWithin;
          return { at: asked, request };
        });
        yield* runSession(scriptedConnection(key, client, server, script), recording);
      }
    },
  };
}

function* within(span: Span, hours: Visits['hours']) {
  for (const day of days(span)) for (const hour of hours(day)) yield { day, planned: day.at + hour };
}

/** Blocks of registers one after the other. */
export function readBlocks(func: ModbusRequest['func'], blocks: number, quantity: number): ModbusRequest[] {
  return Array.from({ length: blocks }, (_, i) => ({ func, address: i * quantity, quantity }));
}

export const WHO_ARE_YOU: ModbusRequest = { func: 'REPORT_SLAVE_ID', address: 0, quantity: 0 };
