import type { Client } from '@elastic/elasticsearch';
import { isoOf } from '../isoTime.js';
import { rowByRow } from '../profiles/queries.js';
import { type RowReader, rowReader } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import { ArrivalCounts, type ArrivalCountsState, BUCKET_S } from '../scoring/arrivalCounts.js';
import { type Partition, WHOLE } from '../scoring/partition.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { arrivalHistogram } from './arrivalHistogram.js';
import { allOf, arrivalOf, arrivedWithin, type Page, secondsOf } from './arrivalPage.js';
import { explaining } from './errors.js';
import type { LateArrivals } from './lateReader.js';
import { paddedNanos } from './nanos.js';
import { type PartitionRows, partitionRows } from './partitionRows.js';
import { type Hit, PointInTime } from './pointInTime.js';
import { readArrivalPages } from './readArrivalPages.js';
import { STEP_MS, startOfStep, TakenRows } from './takenRows.js';

/** A stamp cut to whole seconds may lie almost a second before the arrival: so much more is read again. */
const RESOLUTION_SECONDS = { nanoseconds: 0, milliseconds: 0, seconds: 1 } as const;

export interface ArrivalReaderOptions {
  readonly index: string;
  readonly profile: IndexProfile;
  /** arrival (the profile's field) from which on to read, in ISO 8601 with up to nanoseconds */
  readonly position: string;
  /**
   * Seconds that are read again at every poll: documents become visible out of order of arrival, up to 549 ms
   * behind with six bulk writers (measured on 9.4.3).
   */
  readonly overlapSeconds: number;
  readonly pageSize: number;
  /** whose rows are read, with what the others' rows count for; all by default */
  readonly partition?: Partition;
  readonly now: () => Date;
  /** what an earlier process took in, as its `state` said */
  readonly resume?: ReaderState;
}

/** What a reader must remember to take no document in twice. */
export interface ReaderState {
  /** the newest arrival read so far */
  readonly position: string;
  /** documents within the overlap and a little more: `index id` → arrival */
  readonly seen: readonly (readonly [string, string])[];
  /** the arrival from which on `seen` has all that was taken in; checkpoints of earlier versions don't say */
  readonly seenFrom?: string | undefined;
  /** the arrival before which nothing is read */
  readonly beginning?: string | undefined;
  readonly counts: ArrivalCountsState;
}

/**
 * Seconds read again after Elasticsearch was away: what it had taken but not yet shown when it was killed comes
 * back from its translog behind newer arrivals.
 */
const OVERLAP_AFTER_FAULT_S = 30;
/** How far back a wider re-read looks for documents that became visible too late even for that. */
const COUNTED_S = 900;
/** A wider re-read ends so much before the overlap at most: a process that goes on after another reads that again. */
const BEFORE_OVERLAP_S = BUCKET_S + 1;
/** What lies behind the overlaps is forgotten once so many more documents are remembered than the last time. */
const FORGET_EACH = 20_000;

/** Reads what has arrived, each document once, in order of arrival. */
export class ArrivalReader {
  readonly #client: Client;
  readonly #options: ArrivalReaderOptions;
  readonly #readRow: RowReader;
  readonly #rows: PartitionRows;
  readonly #overlapSeconds: number;
  readonly #seen = new Map<string, string>();
  /** what was told of other partitions' rows: id → newest arrival */
  readonly #toldOfOthers = new Map<string, string>();
  /** whether this process goes on after another and has not polled yet */
  #isResuming: boolean;
  /** what was taken in of each few seconds, for the wider re-read */
  readonly counts: ArrivalCounts;
  /** the same of shorter steps, for the overlap */
  readonly #taken = new TakenRows();
  #position: string;
  /** arrival before which polls read nothing, seconds since the epoch: whoever began there has no part in it */
  #beginning: number;
  /** documents remembered when the last ones were forgotten */
  #remembered = 0;

  constructor(client: Client, options: ArrivalReaderOptions) {
    this.#client = client;
    this.#options = options;
    this.#readRow = rowReader(options.profile);
    this.#rows = partitionRows(options.profile, options.partition ?? WHOLE);
    this.#overlapSeconds = options.overlapSeconds + RESOLUTION_SECONDS[options.profile.arrival.resolution];
    this.#position = options.position;
    this.#isResuming = options.resume !== undefined;
    this.counts = new ArrivalCounts(COUNTED_S, this.#overlapSeconds + BEFORE_OVERLAP_S);
    this.#beginning = this.#beginningOf(options);
    for (const [key, ingested] of options.resume?.seen ?? []) this.#seen.set(key, ingested);
    if (options.resume !== undefined) this.counts.restore(options.resume.counts);
  }

  /** What an earlier process read before the overlap is not read again, and what arrived before it began never was. */
  #beginningOf({ position, profile, resume }: ArrivalReaderOptions): number {
    const given = secondsOf(position);
    if (resume === undefined) return given - RESOLUTION_SECONDS[profile.arrival.resolution];
    const overlap = given - this.#overlapSeconds;
    const from = resume.seenFrom === undefined ? overlap : secondsOf(resume.seenFrom);
    return resume.beginning === undefined ? from : Math.max(from, secondsOf(resume.beginning));
  }

  /** The newest arrival read so far. */
  get position(): string {
    return this.#position;
  }

  /** The arrival, seconds since the epoch, up to which a wider re-read looks: what comes after it polls read. */
  get readAgainUntil(): number {
    return secondsOf(this.#position) - this.#overlapSeconds - 1;
  }

  /** Reads on from an earlier arrival; documents after it that were read before are read again. */
  rewind(position: string): void {
    this.#position = paddedNanos(position);
    this.#beginning = Math.min(this.#beginning, secondsOf(position));
    this.#seen.clear();
    this.#taken.forget(Number.POSITIVE_INFINITY);
    this.counts.forgetSince(secondsOf(position) - this.#overlapSeconds);
  }

  /** What was read by another way than polls, and taken in, polls don't read again. */
  markTaken(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) this.#seen.set(documentKey(arrival), arrival.ingested);
  }

  /** The same of what a wider re-read found, which lacks nothing any more. */
  settle({ arrivals, buckets }: LateArrivals): void {
    this.markTaken(arrivals);
    for (const bucket of buckets) this.counts.settle(bucket);
  }

  /** To be kept once the pages yielded so far have been dealt with. */
  state(): ReaderState {
    const seenFrom = this.#horizon(this.#overlapSeconds + BEFORE_OVERLAP_S);
    return {
      position: this.#position,
      seen: [...this.#seen].filter(([, ingested]) => ingested >= seenFrom),
      seenFrom,
      counts: this.counts.state(),
      beginning: isoOf(this.#beginning),
    };
  }

  /**
   * Yields pages of documents not read before; ends when there are no more for now.
   *
   * @param afterFault reads a wider overlap again
   */
  async *poll(afterFault = false): AsyncGenerator<readonly Arrival[]> {
    const { index } = this.#options;
    const overlapSeconds = afterFault ? this.#widest() : this.#overlapSeconds;
    const pit = await explaining(`reading ${index}`, () => PointInTime.open(this.#client, index));
    try {
      for await (const page of explainingPages(`reading ${index}`, this.#pages(pit, overlapSeconds))) {
        const arrivals = this.#arrivals(page);
        if (arrivals.length > 0) yield arrivals;
        if (this.#seen.size + this.#toldOfOthers.size > this.#remembered + FORGET_EACH) this.#forget();
      }
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    this.#isResuming = false;
    this.#forget();
  }

  async *#pages(pit: PointInTime, overlapSeconds: number): AsyncGenerator<Page> {
    const { profile, pageSize, now } = this.#options;
    const back = overlapSeconds + (this.#isResuming ? BEFORE_OVERLAP_S : 0);
    const from = Math.max(secondsOf(this.#position) - back, this.#beginning);
    yield* readArrivalPages(
      pit,
      { profile, rows: this.#rows, pageSize, now },
      {
        rows: await this.#firstLacking(pit, from),
        cyclic: from,
        // No checkpoint keeps what others judge: a process that goes on after another reads it further back, once.
        others: from - (this.#isResuming ? this.#widest() : 0),
      },
    );
  }

  /**
   * Where rows are to be read from, seconds since the epoch. What was taken in of the overlap is counted, not read again:
   * only from where Elasticsearch has more.
   */
  async #firstLacking(pit: PointInTime, from: number): Promise<number> {
    const { profile } = this.#options;
    const range = { gte: isoOf(startOfStep(from) / 1000), lte: this.#position };
    const overlap = allOf(rowByRow(profile, this.#rows.own), arrivedWithin(profile, range));
    const lacking = this.#taken.firstLacking(await arrivalHistogram(pit, profile, overlap, STEP_MS));
    return Math.max(from, lacking ?? secondsOf(this.#position));
  }

  /** What of a page was not taken in before, in order of arrival. */
  #arrivals({ rows, cyclic, others }: Page): readonly Arrival[] {
    const taken = [
      ...rows.filter((hit) => this.#isNew(hit, true)),
      ...cyclic.filter((hit) => this.#isNew(hit, false)),
    ].map((hit) => toArrival(hit, this.#readRow));
    const news = others.filter((arrival) => this.#isNews(arrival));
    return cyclic.length + news.length === 0 ? taken : [...taken, ...news].sort(compareArrival);
  }

  /** @param isCounted whether it is a row that is read one by one: those are compared with what Elasticsearch has */
  #isNew(hit: Hit, isCounted: boolean): boolean {
    const ingested = arrivalOf(hit);
    this.#advance(ingested);
    const key = documentKey(hit);
    if (this.#seen.has(key)) return false;
    this.#seen.set(key, ingested);
    if (!isCounted) return true;
    const arrivedAt = secondsOf(ingested);
    this.counts.add(key, arrivedAt);
    this.#taken.add(arrivedAt);
    return true;
  }

  /** What others judge is looked at again in each poll's overlap. */
  #isNews({ id, ingested }: Arrival): boolean {
    this.#advance(ingested);
    if (this.#toldOfOthers.get(id) === ingested) return false;
    this.#toldOfOthers.set(id, ingested);
    return true;
  }

  #advance(ingested: string): void {
    if (ingested > this.#position) this.#position = ingested;
  }

  /** What lies further back than any overlap won't be read again. */
  #forget(): void {
    const horizon = this.#horizon(this.#widest());
    this.#taken.forget(secondsOf(horizon));
    for (const known of [this.#seen, this.#toldOfOthers])
      for (const [key, ingested] of known) if (ingested < horizon) known.delete(key);
    this.#remembered = this.#seen.size + this.#toldOfOthers.size;
  }

  #widest(): number {
    return Math.max(this.#overlapSeconds + BEFORE_OVERLAP_S, OVERLAP_AFTER_FAULT_S);
  }

  #horizon(overlapSeconds: number): string {
    return paddedNanos(isoOf(secondsOf(this.#position) - overlapSeconds - 1));
  }
}

function compareArrival({ ingested: one }: Arrival, { ingested: other }: Arrival): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Names a document: an id is unique within a backing index only. */
export function documentKey({ index, id }: { readonly index: string; readonly id: string }): string {
  return `${index} ${id}`;
}

export function toArrival(hit: Hit, readRow: RowReader): Arrival {
  return {
    index: hit.index,
    id: hit.id,
    ingested: paddedNanos(String(hit.sort[0])),
    document: hit.source,
    row: readRow(hit.source),
  };
}

export async function* explainingPages<T>(doing: string, pages: AsyncGenerator<T>): AsyncGenerator<T> {
  for (;;) {
    const { done, value } = await explaining(doing, () => pages.next());
    if (done === true) return;
    yield value;
  }
}
