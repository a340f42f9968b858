import { SHIFT_SECONDS } from '../anomaly/group.js';
import type { ConditionEvidence, ConditionKind, SensorTelling } from './condition.js';
import { MEASURES } from './measures.js';
import type { SensorSign } from './sensorSign.js';
import type { Condition, SensorHealthState, SensorState } from './sensorState.js';
import { rememberPause, silenceEvidence, silentAfter } from './silence.js';
import { emptyTally, merge, type Tally, WINDOW_S } from './tally.js';

/**
 * Seconds after its end at which a window is judged: documents become visible out of order of arrival. Rows that
 * arrived after that moment are the ones for which detectors abstain.
 */
const VISIBLE_AFTER_S = 10;
/** What was too little to judge for so long is not carried further. */
const CARRIED_AT_MOST_S = 3600;
/** A condition of which nothing more was seen for so long has ended. */
const UNSEEN_AT_MOST_S = 2 * 3600;
/** Seconds after a silence in which intervals still reach back across it. */
const AFTER_SILENCE_S = 60;
/** Seconds without any arrival from which on delivery may have stood still, rather than a sensor. */
const DELIVERY_GAP_S = 300;
/** Rows wait behind the watermark for less than this; until then it is remembered that they were not to be judged. */
const REMEMBERED_S = 2 * 3600;
const CONDITIONS_REMEMBERED = 32;
const SENSORS_AT_MOST = 1_000;

/**
 * Knows which sensors do not see everything: a state machine over their own rows, driven by the clock of arrivals.
 *
 * Deterministic: a condition begins and ends at times of that clock, which depend on nothing but the documents, so
 * a restart, or other pages, give the same. The one exception is a silence that nothing has ended yet: it is told
 * when the caller's clock says so. Memory is bounded: beyond SENSORS_AT_MOST the one that was quiet longest goes.
 */
export class SensorHealth {
  readonly #sensors = new Map<string, SensorState>();
  #clock = Number.NEGATIVE_INFINITY;
  /** arrivals before which no sensor is taken for silent */
  #listenFrom = Number.NEGATIVE_INFINITY;

  /** Takes in what arrived, in order of arrival. */
  take(signs: readonly SensorSign[]): SensorTelling[] {
    const tellings: SensorTelling[] = [];
    for (const sign of signs) {
      // Nothing at all arrived for long: what was held up on its way may only now begin to come in.
      if (sign.arrivedAt - this.#clock > DELIVERY_GAP_S) this.#listenFrom = sign.arrivedAt + DELIVERY_GAP_S;
      tellings.push(...this.advance(sign.arrivedAt));
      const state = this.#sensors.get(sign.sensor) ?? newState(sign);
      this.#sensors.delete(sign.sensor);
      this.#sensors.set(sign.sensor, state);
      if (this.#sensors.size > SENSORS_AT_MOST) this.#forgetOldest();
      tellings.push(...heard(state, sign));
      const tally = tallyOf(state, sign.arrivedAt, this.#clock);
      for (const { take } of MEASURES) take(tally, sign);
    }
    return tellings;
  }

  /** Lets time pass. @param clock of arrivals, seconds since the epoch */
  advance(clock: number): SensorTelling[] {
    if (clock < this.#clock + 1) return []; // a second's resolution is enough, and cheap for every row
    this.#clock = clock;
    return [...this.#sensors.values()].flatMap((state) => [
      ...closeWindows(state, clock),
      ...(clock < this.#listenFrom ? [] : listen(state, clock)),
    ]);
  }

  /** Why intervals and silence of this sensor's rows can't be judged, in words; undefined where they can. */
  abstention(sensor: string, arrivedAt: number): string | undefined {
    return this.#sensors
      .get(sensor)
      ?.conditions.find(({ since, until }) => since <= arrivedAt && (until === null || arrivedAt < until))
      ?.evidence.text;
  }

  /** Conditions that last. */
  get conditions(): number {
    let lasting = 0;
    for (const { conditions } of this.#sensors.values())
      lasting += conditions.filter(({ until }) => until === null).length;
    return lasting;
  }

  state(): SensorHealthState {
    const known = (time: number) => (Number.isFinite(time) ? time : null);
    return {
      sensors: [...this.#sensors.values()],
      clock: known(this.#clock),
      listenFrom: known(this.#listenFrom),
    };
  }

  restore({ sensors, clock, listenFrom }: SensorHealthState): void {
    for (const state of sensors) this.#sensors.set(state.sensor, structuredClone(state));
    this.#clock = clock ?? Number.NEGATIVE_INFINITY;
    this.#listenFrom = listenFrom ?? Number.NEGATIVE_INFINITY;
  }

  #forgetOldest(): void {
    const oldest = this.#sensors.keys().next().value;
    if (oldest !== undefined) this.#sensors.delete(oldest);
  }
}

function newState({ sensor, arrivedAt }: SensorSign): SensorState {
  return {
    sensor,
    firstAt: arrivedAt,
    lastAt: arrivedAt,
    rows: 0,
    newestTs: null,
    day: Math.floor(arrivedAt / 86_400),
    longestPause: 0,
    longestPauseBefore: 0,
    open: [],
    carried: emptyTally(arrivedAt),
    conditions: [],
  };
}

/** A row came: a pause has ended, which may have been silence. */
function heard(state: SensorState, { arrivedAt, ts }: SensorSign): SensorTelling[] {
  const pause = arrivedAt - state.lastAt;
  const after = silentAfter(state);
  const tellings: SensorTelling[] = [];
  // Rows of the time of the pause were only held up on their way.
  const heldUp = ts !== undefined && state.newestTs !== null && ts - state.newestTs < pause / 2;
  if (after !== undefined && pause > after && (isOn(state, 'silent') || !heldUp)) {
    const since = state.lastAt + after;
    tellings.push(...begin(state, 'silent', since, since, silenceEvidence(state, pause)));
  } else if (pause > 0) rememberPause(state, pause, arrivedAt);
  if (isOn(state, 'silent'))
    tellings.push(...finish(state, 'silent', arrivedAt, arrivedAt + AFTER_SILENCE_S));
  state.rows += 1;
  state.lastAt = Math.max(state.lastAt, arrivedAt);
  if (ts !== undefined) state.newestTs = Math.max(state.newestTs ?? ts, Math.min(ts, arrivedAt));
  return tellings;
}

/** No row came for so long. */
function listen(state: SensorState, clock: number): SensorTelling[] {
  const after = silentAfter(state);
  const since = state.lastAt + (after ?? 0);
  if (after === undefined || clock <= since) return [];
  const at = isOn(state, 'silent') ? clock : since;
  return begin(state, 'silent', since, at, silenceEvidence(state, clock - state.lastAt));
}

/** The tally of the window in which a row arrived; one that became visible too late for it counts in the next. */
function tallyOf(state: SensorState, arrivedAt: number, clock: number): Tally {
  const isClosed = (number: number) => (number + 1) * WINDOW_S + VISIBLE_AFTER_S <= clock;
  let number = Math.floor(arrivedAt / WINDOW_S);
  if (isClosed(number)) number = Math.floor(clock / WINDOW_S);
  const open = state.open.find(([n]) => n === number);
  if (open !== undefined) return open[1];
  const tally = emptyTally(number * WINDOW_S);
  state.open.push([number, tally]);
  state.open.sort(([a], [b]) => a - b);
  return tally;
}

function closeWindows(state: SensorState, clock: number): SensorTelling[] {
  const tellings: SensorTelling[] = [];
  while (state.open[0] !== undefined) {
    const [number, tally] = state.open[0];
    const at = (number + 1) * WINDOW_S + VISIBLE_AFTER_S;
    if (clock < at) break;
    state.open.shift();
    merge(state.carried, tally);
    for (const { kind, judge, clear } of MEASURES) {
      const judgement = judge(state.carried, state.sensor);
      if (judgement === undefined) continue;
      clear(state.carried);
      if (judgement.good) tellings.push(...finish(state, kind, at, at));
      else tellings.push(...begin(state, kind, at, at, judgement.evidence));
    }
    if (at - state.carried.from > CARRIED_AT_MOST_S) state.carried = emptyTally(at);
  }
  for (const condition of state.conditions.filter(({ until }) => until === null)) {
    const end = condition.seenAt + UNSEEN_AT_MOST_S;
    if (condition.kind !== 'silent' && clock > end) tellings.push(...finish(state, condition.kind, end, end));
  }
  state.conditions = state.conditions
    .filter(({ until }) => until === null || until > clock - REMEMBERED_S)
    .slice(-CONDITIONS_REMEMBERED);
  return tellings;
}

function begin(
  state: SensorState,
  kind: ConditionKind,
  since: number,
  at: number,
  evidence: ConditionEvidence,
): SensorTelling[] {
  const shift = Math.floor(at / SHIFT_SECONDS);
  const lasting = find(state, kind);
  if (lasting === undefined) {
    state.conditions.push({ kind, since, until: null, seenAt: at, toldShift: shift, evidence });
    return [{ sensor: state.sensor, kind, what: 'began', at, since, evidence }];
  }
  lasting.seenAt = at;
  lasting.evidence = evidence;
  if (shift <= lasting.toldShift) return [];
  lasting.toldShift = shift;
  return [{ sensor: state.sensor, kind, what: 'lasts', at, since: lasting.since, evidence }];
}

function finish(state: SensorState, kind: ConditionKind, at: number, until: number): SensorTelling[] {
  const lasting = find(state, kind);
  if (lasting === undefined) return [];
  lasting.until = until;
  const { since, evidence } = lasting;
  return [{ sensor: state.sensor, kind, what: 'ended', at, since, evidence }];
}

function find(state: SensorState, kind: ConditionKind): Condition | undefined {
  return state.conditions.find((condition) => condition.kind === kind && condition.until === null);
}

function isOn(state: SensorState, kind: ConditionKind): boolean {
  return find(state, kind) !== undefined;
}
