import { IntervalTracker } from '../features/intervalTracker.js';
import { type OtRecord, toOtRecord, type ZeekRow } from '../features/otRecord.js';
import type { Observation } from '../model/detectors/detector.js';
import type { Scorer, Verdict } from '../model/scorer.js';
import { ReorderBuffer, type Timed } from './reorderBuffer.js';
import type { StageState } from './stageState.js';

/** A source document on its way through the stage. */
export interface Arrival {
  readonly index: string;
  readonly id: string;
  /** event.ingested as Elasticsearch prints it, nanoseconds kept */
  readonly ingested: string;
  readonly document: unknown;
  readonly row: ZeekRow | undefined;
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
  readonly found: boolean;
}

/**
 * Turns arrivals into findings: structure is judged at once, what needs order behind the watermark.
 * All its state is the tracker's sequences and the rows held back.
 */
export class ScoringStage {
  readonly #scorer: Scorer;
  readonly #tracker = new IntervalTracker();
  readonly #buffer: ReorderBuffer<Pending>;
  readonly #abstention: Abstention;
  readonly #onJudged: OnJudged | undefined;
  #counts: { -readonly [name in keyof StageCounts]: number } = zero();

  /** @param lateness seconds; see ReorderBuffer */
  constructor(
    scorer: Scorer,
    lateness: number,
    abstention: Abstention = () => undefined,
    onJudged?: OnJudged,
  ) {
    this.#scorer = scorer;
    this.#abstention = abstention;
    this.#onJudged = onJudged;
    this.#buffer = new ReorderBuffer(lateness);
  }

  push(arrivals: readonly Arrival[]): Finding[] {
    const findings: Finding[] = [];
    for (const arrival of arrivals) {
      this.#counts.read += 1;
      const record = arrival.row === undefined ? undefined : toOtRecord(arrival.row);
      if (record === undefined) {
        this.#counts.unreadable += 1;
        continue;
      }
      const atOnce: Observation = { record, interval: undefined };
      const pending = this.#toPending(arrival, record);
      if (pending.found) findings.push({ arrival, observation: atOnce, verdict: this.#scorer.score(atOnce) });
      if (!this.#buffer.push(pending)) this.#counts.late += 1;
    }
    findings.push(...this.#judge(this.#buffer.release()));
    return findings;
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

  /** The earliest arrival still held back; everything before it is settled. */
  oldestPending(): string | undefined {
    let oldest: string | undefined;
    for (const { arrival } of this.#buffer.pending()) {
      if (oldest === undefined || arrival.ingested < oldest) oldest = arrival.ingested;
    }
    return oldest;
  }

  /** The arrivals held back: a restart hands them to `restore`. */
  held(): readonly Arrival[] {
    return [...this.#buffer.pending()].map(({ arrival }) => arrival);
  }

  state(): StageState {
    return {
      sequences: this.#tracker.entries().map(([key, [ts, uid]]) => [key, [ts, uid]]),
      newest: this.#buffer.newest().map(([stream, time]) => [stream, time]),
    };
  }

  /** @param held in order of arrival; they have been told at once where they had to be, and are not told again */
  restore({ sequences, newest }: StageState, held: readonly Arrival[]): void {
    this.#tracker.restore(sequences);
    const pending = held.flatMap((arrival) => {
      const record = arrival.row === undefined ? undefined : toOtRecord(arrival.row);
      return record === undefined ? [] : [this.#toPending(arrival, record)];
    });
    this.#buffer.restore(newest, pending);
  }

  #toPending(arrival: Arrival, record: OtRecord): Pending {
    return {
      arrival,
      record,
      found: this.#scorer.isAnomalousAtOnce({ record, interval: undefined }),
      ts: record.ts,
      arrivedAt: Date.parse(arrival.ingested) / 1000,
      stream: `${record.sensor}|${record.log}`,
    };
  }

  #judge(released: readonly Pending[]): Finding[] {
    const findings: Finding[] = [];
    for (const { arrival, record, found, arrivedAt } of released) {
      const observation = this.#observe(record, arrivedAt);
      this.#counts.scored += 1;
      if (found && this.#onJudged === undefined) continue;
      const verdict = this.#scorer.score(observation);
      this.#onJudged?.(observation, verdict);
      if (found) continue;
      if (verdict.anomalous) findings.push({ arrival, observation, verdict });
    }
    return findings;
  }

  /** The sequence goes on whether or not its interval may be judged. */
  #observe(record: OtRecord, arrivedAt: number): Observation {
    const interval = this.#tracker.next(record);
    const abstained = interval === undefined ? undefined : this.#abstention(record, arrivedAt);
    if (abstained === undefined) return { record, interval };
    this.#counts.abstained += 1;
    return { record, interval: undefined, abstained };
  }
}

function zero() {
  return { read: 0, scored: 0, late: 0, unreadable: 0, abstained: 0 };
}
