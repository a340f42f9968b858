import type { SimulatedRow } from '../activity.js';
import { childKey, generator, type Key } from '../random.js';
import type { ScenarioLabel } from '../scenarios/scenario.js';
import { zeekUid } from '../uid.js';

/** A row and the sensor that wrote it. */
export interface SensedRow extends SimulatedRow {
  /** 1 or 2. */
  readonly sensor: number;
}

/** The second sensor is a switch further away: it sees each packet this much later, seconds. */
const DELAY = 0.000_13;
/** Rows that were sent are forgotten this many at a time. */
const SENT_AT_MOST = 1_000;

/**
 * The same traffic as two sensors see it: each row twice, the second time under the other Zeek's uid and a little
 * later. Labels name the connections of both.
 */
export function* twoSensors(
  rows: Generator<SimulatedRow, readonly ScenarioLabel[]>,
  key: Key,
): Generator<SensedRow, readonly ScenarioLabel[]> {
  const waiting: SensedRow[] = [];
  let sent = 0;
  const ofSecond = (uid: string): string => zeekUid(generator(childKey(key, 'second sensor', uid)));
  for (;;) {
    const next = rows.next();
    const until = next.done === true ? Number.POSITIVE_INFINITY : next.value.writtenAt;
    for (let head = waiting[sent]; head !== undefined && head.writtenAt <= until; head = waiting[sent]) {
      sent += 1;
      yield head;
    }
    if (sent > SENT_AT_MOST) {
      waiting.splice(0, sent);
      sent = 0;
    }
    if (next.done === true)
      return next.value.map((label) => ({
        ...label,
        uids: label.uids.flatMap((uid) => [uid, ofSecond(uid)]),
      }));
    const { log, writtenAt, row } = next.value;
    yield { ...next.value, sensor: 1 };
    const uid = row['uid'];
    waiting.push({
      log,
      sensor: 2,
      writtenAt: later(writtenAt),
      row: {
        ...row,
        ts: later(Number(row['ts'])),
        ...(typeof uid === 'string' ? { uid: ofSecond(uid) } : {}),
      },
    });
  }
}

function later(seconds: number): number {
  return Math.round((seconds + DELAY) * 1e6) / 1e6;
}
