import type { SimulatedRow } from '../activity.js';
import { between, childKey, generator, integer, type Key, uniform } from '../random.js';
import { DAY, fromSeconds, MINUTE, type Span, toSeconds } from '../time.js';

/** A stretch in which a part of all packets is missed. */
interface Loss extends Span {
  /** 0 to 1. */
  readonly share: number;
}

/** Losses of one day: none to three, 2 to 20 minutes each. */
const A_DAY = { least: 0, most: 3 };
const MINUTES = { least: 2, most: 20 };
const SHARE = { least: 0.05, most: 0.4 };
/** Zeek's CaptureLoss::watch_interval. */
const REPORT_PERIOD = 15 * MINUTE;
/** Acknowledgements that Zeek checks in one report: of the order that a plant's traffic gives. */
const ACKS = { least: 8_000, most: 12_000 };

/**
 * What a sensor makes of the rows while it loses packets: messages are missing, conn rows count the bytes that were
 * not seen, and capture_loss says how much each quarter of an hour. Rows stay in the order in which they are written.
 */
export function* withCaptureLoss<R>(
  rows: Generator<SimulatedRow, R>,
  key: Key,
  { from, to }: Span,
): Generator<SimulatedRow, R> {
  let report = (Math.floor(from / REPORT_PERIOD) + 1) * REPORT_PERIOD;
  for (;;) {
    const next = rows.next();
    const until = next.done === true ? to : fromSeconds(next.value.writtenAt);
    for (; report < to && report <= until; report += REPORT_PERIOD) yield reportRow(key, report);
    if (next.done === true) return next.value;
    const seen = observed(next.value, key);
    if (seen !== undefined) yield seen;
  }
}

function observed(row: SimulatedRow, key: Key): SimulatedRow | undefined {
  const ts = fromSeconds(Number(row.row['ts']));
  if (row.log !== 'conn') {
    const loss = lossesOf(key, ts).find(({ from, to }) => ts >= from && ts < to);
    return loss !== undefined && uniform(generator(childKey(key, String(row.row['uid']), ts))) < loss.share
      ? undefined
      : row;
  }
  const missed = missedBytes(row, key, ts);
  return missed === 0 ? row : { ...row, row: { ...row.row, missed_bytes: missed } };
}

/** TCP only: the share of a connection's bytes that fell into losses. Zeek can't tell for UDP. */
function missedBytes({ row }: SimulatedRow, key: Key, from: number): number {
  const bytes = Number(row['orig_bytes'] ?? 0) + Number(row['resp_bytes'] ?? 0);
  const duration = fromSeconds(Number(row['duration'] ?? 0));
  if (row['proto'] !== 'tcp' || bytes === 0 || duration === 0) return 0;
  let lost = 0;
  for (let day = Math.floor(from / DAY) - 1; day * DAY < from + duration; day++)
    for (const loss of lossesOfDay(key, day))
      lost += loss.share * Math.max(0, Math.min(loss.to, from + duration) - Math.max(loss.from, from));
  return Math.round((bytes * lost) / duration);
}

function reportRow(key: Key, at: number): SimulatedRow {
  const random = generator(childKey(key, 'report', at));
  const acks = integer(random, ACKS.least, ACKS.most);
  const lost = lossesOf(key, at - REPORT_PERIOD)
    .concat(lossesOf(key, at))
    .filter((loss, i, all) => all.findIndex(({ from }) => from === loss.from) === i)
    .reduce(
      (sum, loss) =>
        sum + loss.share * Math.max(0, Math.min(loss.to, at) - Math.max(loss.from, at - REPORT_PERIOD)),
      0,
    );
  const gaps = Math.round((acks * lost) / REPORT_PERIOD);
  return {
    log: 'capture_loss',
    writtenAt: toSeconds(at),
    row: {
      ts: toSeconds(at),
      ts_delta: toSeconds(REPORT_PERIOD),
      peer: 'zeek',
      gaps,
      acks,
      percent_lost: Math.round((1e6 * gaps) / acks) / 1e4,
    },
  };
}

/** Losses that could hold this time: of its day and, around midnight, of the one before. */
function lossesOf(key: Key, at: number): readonly Loss[] {
  const day = Math.floor(at / DAY);
  return [...lossesOfDay(key, day - 1), ...lossesOfDay(key, day)];
}

const known = new WeakMap<Key, Map<number, readonly Loss[]>>();

function lossesOfDay(key: Key, day: number): readonly Loss[] {
  const byDay = known.get(key) ?? new Map<number, readonly Loss[]>();
  known.set(key, byDay);
  const found = byDay.get(day) ?? draw(key, day);
  byDay.set(day, found);
  return found;
}

/** One in each third of the day at most, so that they never overlap. */
function draw(key: Key, day: number): readonly Loss[] {
  const random = generator(childKey(key, 'losses'), day);
  const count = integer(random, A_DAY.least, A_DAY.most);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor(day * DAY + ((i + uniform(random) * 0.9) * DAY) / A_DAY.most);
    return {
      from,
      to: from + integer(random, MINUTES.least, MINUTES.most) * MINUTE,
      share: between(random, SHARE.least, SHARE.most),
    };
  });
}
