import type { Recording, SimulatedRow, Step } from './activity.js';
import { connRow } from './connRow.js';
import { logExchange } from './exchange.js';
import { drawFaults, type Fault, LONGEST_RESEND, SHORTEST_RESEND } from './faults.js';
import {
  between,
  chance,
  childKey,
  exponential,
  gaussian,
  generator,
  logNormal,
  type RandomGenerator,
} from './random.js';
import type { Polling, ScriptedRequest, Session } from './session.js';
import { MILLISECOND, MINUTE } from './time.js';

/** One cycle in a hundred starts late: the master's machine was busy. Mean lateness 15 ms. */
const LATE_START = { probability: 0.01, mean: 15 * MILLISECOND };
/** The spread of answers: 99 % come within twice the median (netshare: 0.8 ms, 1.7 ms). */
const ANSWER_SIGMA = 0.3;
/** How far a read strays from its offset, and a cycle from its grid; no draw of 32 bits is further than 6.7 standard deviations. */
const OFFSET_SPREAD = 0.08;
const OFFSET_AT_MOST = 1 + 6.7 * OFFSET_SPREAD;
const STRAY = 0.1;
/** An answer takes at most so many times the median. */
const ANSWER_AT_MOST = 4;
/** Between an answer and the next request of the same cycle, microseconds. */
const TURN = 300;
/** SYN to first request at the earliest, microseconds. */
const HANDSHAKE = 1_500;
/** The spans of time whose rows are counted: an hour's parts, as training counts them (microseconds). */
const COUNTED_TOGETHER = 5 * MINUTE;
/** Transaction ids are 16 bits and wrap. */
const TIDS = 65_536;

/**
 * The rows of one connection, in steps: each recorded polling cycle, each scripted request, and the
 * conn row at the end. What isn't recorded costs nothing, and counts in the conn row all the same.
 */
export function* runSession(session: Session, recording: Recording): Generator<Step, void, undefined> {
  const { polling } = session;
  const faults = polling === undefined ? [] : drawFaults(session.key, polling.cycles, polling.reads.length);
  let done = 0;
  for (const cycle of recordedCycles(session, recording, faults)) {
    for (; (session.script[done]?.at ?? Infinity) < cycle.at; done++)
      yield scripted(session, done, recording);
    const step = polled(session, cycle.polling, cycle.index, done, faults, recording);
    yield cycle.times === 1 ? step : { ...step, times: cycle.times };
  }
  for (; done < session.script.length; done++) yield scripted(session, done, recording);
  yield { at: session.endsAt, rows: [connRow(session, faults)] };
}

interface Cycle {
  readonly polling: Polling;
  readonly index: number;
  /** Its place on the grid. */
  readonly at: number;
  /** How many cycles it stands for, itself and those after it. */
  readonly times: number;
}

function* recordedCycles(
  session: Session,
  { to, counts }: Recording,
  faults: readonly Fault[],
): Generator<Cycle> {
  const { polling, stretches, recordedUntil } = session;
  if (polling === undefined) return;
  const { firstAt, period, cycles } = polling;
  let stretch = stretches(firstAt);
  for (let index = 0; index < cycles; index++) {
    let at = firstAt + index * period;
    if (at >= recordedUntil) {
      if (at >= stretch.to) stretch = stretches(at);
      if (at < stretch.from) {
        const next = Math.ceil((stretch.from - firstAt) / period);
        if (counts === true)
          yield* countedCycles(
            session,
            polling,
            index,
            Math.min(next, cycles, cyclesBefore(polling, to)),
            faults,
          );
        index = next;
        at = firstAt + index * period;
        if (index >= cycles) return;
      }
    }
    if (at >= to) return;
    yield { polling, index, at, times: 1 };
  }
}

/** How many cycles have their place before `at`. */
function cyclesBefore({ firstAt, period }: Polling, at: number): number {
  return Math.max(0, Math.ceil((at - firstAt) / period));
}

/**
 * The cycles from `first` to before `end`: those in which nothing goes wrong are all alike but for their microseconds,
 * so one stands for the rest of its five minutes. One that may reach over their edge stands for itself, as does one with a fault.
 */
function* countedCycles(
  session: Session,
  polling: Polling,
  first: number,
  end: number,
  faults: readonly Fault[],
): Generator<Cycle> {
  const { reads, firstAt, period } = polling;
  const lasts = longestCycle(session, polling);
  let fault = firstFaultFrom(faults, first * reads.length);
  for (let index = first; index < end; ) {
    const at = firstAt + index * period;
    while ((faults[fault]?.request ?? Infinity) < index * reads.length) fault++;
    const faulty = Math.floor((faults[fault]?.request ?? Infinity) / reads.length);
    const span = Math.floor((at - STRAY * period) / COUNTED_TOGETHER);
    const inSpan = cyclesBefore(polling, (span + 1) * COUNTED_TOGETHER - lasts);
    const times = Math.max(1, Math.min(end, faulty, inSpan) - index);
    yield { polling, index, at, times };
    index += times;
  }
}

/** After its place on the grid, a cycle in which nothing goes wrong is over, microseconds. */
function longestCycle({ server }: Session, { reads, offsets, period }: Polling): number {
  const asked = OFFSET_AT_MOST * Math.max(0, ...offsets);
  return (
    STRAY * period + HANDSHAKE + asked + reads.length * (ANSWER_AT_MOST * server.answersWithin + TURN + 2)
  );
}

function polled(
  session: Session,
  polling: Polling,
  cycle: number,
  scriptedBefore: number,
  faults: readonly Fault[],
  { logs }: Recording,
): Step {
  const { reads, offsets, period, firstAt } = polling;
  const random = generator(session.key, cycle);
  const nominal = firstAt + cycle * period;
  const start = Math.max(nominal + Math.round(startJitter(random, polling)), session.opensAt + HANDSHAKE);
  const rows: SimulatedRow[] = [];
  const first = cycle * reads.length;
  let fault = firstFaultFrom(faults, first);
  let free = start;
  let late = 0;
  for (let i = 0; i < reads.length; i++) {
    const request = reads[i];
    if (request === undefined) break;
    const due = start + (offsets[i] ?? 0) * (1 + OFFSET_SPREAD * gaussian(random));
    const answersAfter = answerTime(session, random);
    const kind = faults[fault]?.request === first + i ? faults[fault++]?.kind : undefined;
    if (kind === 'missed-cycle') break;
    if (kind === 'missed') continue;
    const resend = Math.min(
      between(random, SHORTEST_RESEND, LONGEST_RESEND),
      period - (offsets.at(-1) ?? 0) - 50 * MILLISECOND,
    );
    if (kind === 'lost-before-sensor') late += resend;
    const askedAt = Math.round(polling.pipelined === true ? due + late : Math.max(due + late, free));
    if (kind === 'lost-after-sensor') late += resend;
    const waits = Math.round(answersAfter + (kind === 'lost-after-sensor' ? resend : 0));
    // Answers come one after the other, whenever they were asked for.
    const answeredAt = Math.max(askedAt + waits, polling.pipelined === true ? Math.round(free) : 0);
    free = answeredAt + TURN;
    const exception = kind === 'busy' ? ('SLAVE_DEVICE_BUSY' as const) : undefined;
    const tid = (session.firstTid + first + i + scriptedBefore) % TIDS;
    logExchange(session, { tid, askedAt, answeredAt, request, exception }, logs, rows);
  }
  return { at: start, rows };
}

/** Around the grid, never away from it: real masters' cycles keep their phase for hours. 0 where there is no grid. */
function startJitter(random: RandomGenerator, { jitter, period }: Polling): number {
  if (jitter === 0) return 0;
  const noise = jitter * gaussian(random);
  const lateness = chance(random, LATE_START.probability) ? exponential(random, LATE_START.mean) : 0;
  return Math.min(Math.max(noise + lateness, -STRAY * period), STRAY * period);
}

function answerTime({ server }: Session, random: RandomGenerator): number {
  return Math.min(
    logNormal(random, server.answersWithin, ANSWER_SIGMA),
    ANSWER_AT_MOST * server.answersWithin,
  );
}

function scripted(session: Session, index: number, { logs }: Recording): Step {
  const { at, request, exception } = session.script[index] as ScriptedRequest;
  const random = generator(childKey(session.key, 'script'), index);
  const answeredAt = at + Math.round(answerTime(session, random));
  const { polling } = session;
  const cyclesBefore =
    polling === undefined
      ? 0
      : Math.min(polling.cycles, Math.max(0, Math.floor((at - polling.firstAt) / polling.period) + 1));
  const polledBefore = cyclesBefore * (polling?.reads.length ?? 0);
  const tid = (session.firstTid + polledBefore + index) % TIDS;
  const rows: SimulatedRow[] = [];
  logExchange(session, { tid, askedAt: at, answeredAt, request, exception }, logs, rows);
  return { at, rows };
}

/** Binary search: the first fault that concerns this request or a later one. */
function firstFaultFrom(faults: readonly Fault[], request: number): number {
  let [low, high] = [0, faults.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((faults[middle]?.request ?? Infinity) < request) low = middle + 1;
    else high = middle;
  }
  return low;
}
