import { IntervalTracker } from '../features/intervalTracker.js';
import { type OtRecord, toOtRecord, type ZeekRow } from '../features/otRecord.js';
import type { Observation } from '../model/detectors/detector.js';
import type { Scorer, Verdict } from '../model/scorer.js';
import { ReorderBuffer, type Timed } from './reorderBuffer.js';
import { EVERYTHING, type Share } from './share.js';
import { SilenceWatch } from './silenceWatch.js';
import type { StageState } from './stageState.js';

/** A source document on its way through the stage. */
export interface Arrival {
  readonly index: string;
  readonly id: string;
  /** event.ingested as Elasticsearch prints it, nanoseconds kept */
  readonly ingested: string;
  readonly document: unknown;
  readonly row: ZeekRow | undefined;
  /** true: it stands for rows of one relation that another partition judges; there is no such document */
  readonly isElsewhere?: boolean;
}

/** An anomaly found in an arrival. */
export interface Finding {
  readonly arrival: Arrival;
  readonly observation: Observation;
  readonly verdict: Verdict;
}

export interface StageCounts {
  readonly read: number;
  readonly scored: number;
  /** behind the watermark: judged by structure only */
  readonly late: number;
  /** not industrial traffic, or without time, addresses or port */
  readonly unreadable: number;
  /** intervals that were not judged because their sensor is known not to see everything */
  readonly abstained: number;
}

/** Told of each record once it has been judged in its place in the stream, whether anomalous or not. */
export type OnJudged = (observation: Observation, verdict: Verdict) => void;

/**
 * Why the record's interval can't be judged, in words; undefined where it can.
 *
 * @param arrivedAt of the record, seconds since the epoch
 */
export type Abstention = (record: OtRecord, arrivedAt: number) => string | undefined;

interface Pending extends Timed {
  readonly arrival: Arrival;
  readonly record: OtRecord;
  /** false: another scorer judges it */
  readonly own: boolean;
  readonly found: boolean;
}

/** Rows that are let through together: of a long page few wait then, and what waits is cheap to keep in order. */
const ROWS_A_RELEASE = 200;

/**
 * Turns arrivals into findings: structure is judged at once, what needs order behind the watermark.
 * Its state is what the tracker, the charts and the silence watch remember (`state`), and the rows held back.
 */
export class ScoringStage {
  readonly #scorer: Scorer;
  readonly #tracker: IntervalTracker;
  readonly #buffer: ReorderBuffer<Pending>;
  readonly #silence: SilenceWatch;
  readonly #abstention: Abstention;
  readonly #onJudged: OnJudged | undefined;
  readonly #share: Share;
  #counts: { -readonly [name in keyof StageCounts]: number } = zero();

  /** @param lateness seconds; see ReorderBuffer */
  constructor(
    scorer: Scorer,
    lateness: number,
    abstention: Abstention = () => undefined,
    onJudged?: OnJudged,
    share: Share = EVERYTHING,
  ) {
    this.#scorer = scorer;
    this.#tracker = new IntervalTracker(
      (record) => scorer.sequenceOf(record),
      (key) => scorer.knows(key),
    );
    this.#share = share;
    this.#silence = new SilenceWatch(scorer.silenceLimits, (record) => share.ownsRecord(record));
    this.#abstention = abstention;
    this.#onJudged = onJudged;
    this.#buffer = new ReorderBuffer(lateness);
  }

  push(arrivals: readonly Arrival[]): Finding[] {
    const findings: Finding[] = [];
    let sinceRelease = 0;
    for (const arrival of arrivals) {
      if (++sinceRelease > ROWS_A_RELEASE) {
        for (const finding of this.#judge(this.#buffer.release())) findings.push(finding);
        sinceRelease = 1;
      }
      const record = arrival.row === undefined ? undefined : toOtRecord(arrival.row);
      const own = this.#share.ownsArrival(arrival, record);
      if (own) this.#counts.read += 1;
      if (own && record === undefined) this.#counts.unreadable += 1;
      if (record === undefined) continue;
      const observation: Observation = { record, interval: undefined };
      const verdict = own ? this.#scorer.judgeAtOnce(observation) : undefined;
      if (verdict !== undefined) findings.push({ arrival, observation, verdict });
      const pending = this.#toPending(arrival, record, own, verdict !== undefined);
      if (!this.#buffer.push(pending) && own) this.#counts.late += 1;
    }
    for (const finding of this.#judge(this.#buffer.release())) findings.push(finding);
    return findings;
  }

  /** Judges rows that were found long after newer ones: by structure, without touching any state. */
  pushLate(arrivals: readonly Arrival[]): Finding[] {
    return arrivals.flatMap((arrival) => {
      const record = arrival.row === undefined ? undefined : toOtRecord(arrival.row);
      if (!this.#share.ownsArrival(arrival, record)) return [];
      this.#counts.read += 1;
      if (record === undefined) this.#counts.unreadable += 1;
      else this.#counts.late += 1;
      if (record === undefined) return [];
      const observation: Observation = { record, interval: undefined };
      const verdict = this.#scorer.judgeAtOnce(observation);
      return verdict === undefined ? [] : [{ arrival, observation, verdict }];
    });
  }

  /** Judges what has waited long enough although nothing newer came. @param clock of arrivals, seconds since the epoch */
  advance(clock: number): Finding[] {
    return this.#judge(this.#buffer.release(clock));
  }

  /** Judges what is held back: the input has ended. */
  flush(): Finding[] {
    return this.#judge(this.#buffer.flush());
  }

  /** Counts since the last call. */
  takeCounts(): StageCounts {
    const counts = this.#counts;
    this.#counts = zero();
    return counts;
  }

  get pending(): number {
    return this.#buffer.size;
  }

  /** See `Scorer.resetDrift`. */
  resetDrift(subject: string, at: number): boolean {
    return this.#scorer.resetDrift(subject, at);
  }

  /** The earliest arrival still held back; everything before it is settled. */
  oldestPending(): string | undefined {
    let oldest: string | undefined;
    for (const { arrival } of this.#buffer.pending()) {
      if (arrival.isElsewhere === true) continue;
      if (oldest === undefined || arrival.ingested < oldest) oldest = arrival.ingested;
    }
    return oldest;
  }

  /** The documents held back: a restart hands them to `restore`. */
  held(): readonly Arrival[] {
    return this.#buffer.pending().flatMap(({ arrival }) => (arrival.isElsewhere === true ? [] : [arrival]));
  }

  state(): StageState {
    return {
      sequences: this.#tracker.entries().map(([key, state]) => [key, [...state]]),
      newest: this.#buffer.newest().map(([stream, time]) => [stream, time]),
      charts: this.#scorer.state(),
      silence: this.#silence.state(),
    };
  }

  /**
   * @param held in order of arrival; they have been told at once where they had to be, and are not told again
   * @throws {ZodError} when a part of the state is not one that `state` gave
   */
  restore({ sequences, newest, charts, silence }: StageState, held: readonly Arrival[]): void {
    this.#tracker.restore(sequences);
    this.#scorer.restore(charts);
    this.#silence.restore(silence);
    const pending = held.flatMap((arrival) => {
      const record = arrival.row === undefined ? undefined : toOtRecord(arrival.row);
      if (record === undefined) return [];
      const own = this.#share.ownsArrival(arrival, record);
      const found = own && this.#scorer.judgeAtOnce({ record, interval: undefined }) !== undefined;
      return [this.#toPending(arrival, record, own, found)];
    });
    this.#buffer.restore(newest, pending);
  }

  #toPending(arrival: Arrival, record: OtRecord, own: boolean, found: boolean): Pending {
    return {
      arrival,
      record,
      own,
      found,
      ts: record.ts,
      arrivedAt: Date.parse(arrival.ingested) / 1000,
      stream: `${record.sensor}|${record.log}`,
    };
  }

  #judge(released: readonly Pending[]): Finding[] {
    const findings: Finding[] = [];
    const newest = new Map<string, Pending>();
    for (const pending of released) {
      const { arrival, record, own, found, arrivedAt } = pending;
      if (record.ts >= (newest.get(record.sensor)?.ts ?? Number.NEGATIVE_INFINITY))
        newest.set(record.sensor, pending);
      if (!own) {
        this.#scorer.witness(record);
        continue;
      }
      const observation = this.#observe(record, arrivedAt);
      this.#counts.scored += 1;
      this.#silence.see(record);
      const verdict = this.#verdictOf(observation, found);
      if (verdict.anomalous) findings.push({ arrival, observation, verdict });
    }
    for (const pending of newest.values()) findings.push(...this.#silences(pending));
    return findings;
  }

  /** Of a record that was told at once, only what the charts add. */
  #verdictOf(observation: Observation, found: boolean): Verdict {
    if (found && this.#onJudged === undefined) return this.#scorer.scoreByCharts(observation);
    const verdict = this.#scorer.score(observation);
    this.#onJudged?.(observation, verdict);
    return found ? this.#scorer.partsOfCharts(verdict) : verdict;
  }

  /** Told with the row whose time showed it. */
  #silences({ arrival, arrivedAt, record: { sensor, ts } }: Pending): Finding[] {
    const abstains = (record: OtRecord) => this.#abstention(record, arrivedAt) !== undefined;
    return this.#silence
      .overdue(sensor, ts, abstains)
      .map(({ record, part }) => ({
        arrival,
        observation: { record, interval: undefined },
        verdict: this.#scorer.verdictOf([part]),
      }))
      .filter(({ verdict }) => verdict.anomalous);
  }

  /** The sequence goes on whether or not its interval may be judged. */
  #observe(record: OtRecord, arrivedAt: number): Observation {
    const { interval, stale } = this.#tracker.advance(record);
    const abstained = interval === undefined ? undefined : this.#abstention(record, arrivedAt);
    if (abstained === undefined) return { record, interval, stale };
    this.#counts.abstained += 1;
    return { record, interval: undefined, abstained, stale };
  }
}

function zero() {
  return { read: 0, scored: 0, late: 0, unreadable: 0, abstained: 0 };
}
