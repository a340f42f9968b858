import type { Baseline } from '../artifact.js';
import { Known } from '../known.js';
import { answerHabits } from './answerHabits.js';
import { driftReferences } from './driftReferences.js';
import { type HalvesDiffer, halvesThatDiffer } from './evidence.js';
import { type FoldOf, foldsOf } from './heldOut.js';
import { HistogramsBuilder, type SampledRow } from './sampledRows.js';
import { surpriseLimits } from './surpriseLimits.js';
import { WrittenValues } from './writtenValues.js';

type Learnt = Pick<
  Baseline,
  'intervals' | 'pooledIntervals' | 'bytes' | 'answers' | 'drift' | 'surprise' | 'writtenValues'
> & {
  readonly halves: readonly HalvesDiffer[];
};

/**
 * Learns what each group's own rows decide: histograms, habits of answers, references and limits of charts. A group's
 * rows are looked at once and let go, so that many relations don't share the memory of a few: every series lies
 * within one group (its log, relation and function code). Only what the pool of a function code judges waits for the end.
 */
export class GroupLearner {
  readonly #histograms: HistogramsBuilder;
  readonly #written: WrittenValues;
  readonly #answers: NonNullable<Baseline['answers']> = {};
  readonly #drift: Baseline['drift'] = {};
  readonly #surprise: Baseline['surprise'] = {};
  readonly #halves: HalvesDiffer[] = [];
  readonly #pooled: SampledRow[] = [];
  readonly #middle: number;
  readonly #foldOf: FoldOf;

  /**
   * @param window seconds since the epoch
   * @param daysWithData of the window: it may begin long before the data does
   */
  constructor(window: { readonly from: number; readonly to: number }, daysWithData: number) {
    this.#foldOf = foldsOf(window, daysWithData);
    this.#histograms = new HistogramsBuilder(daysWithData, this.#foldOf);
    this.#written = new WrittenValues(this.#foldOf, daysWithData);
    this.#middle = (window.from + window.to) / 2;
  }

  /** @param rows sampled rows of one group, each stretch in order of time */
  add(rows: readonly SampledRow[]): void {
    const own = { ...this.#histograms.add(rows), pooledIntervals: {} };
    this.#written.add(rows);
    Object.assign(this.#answers, answerHabits(rows, this.#foldOf));
    Object.assign(this.#drift, driftReferences(rows, own));
    const isPooled = new Known(own as Baseline).isPooled;
    Object.assign(
      this.#surprise,
      surpriseLimits(
        rows.filter(({ record }) => !isPooled(record)),
        own,
        this.#foldOf,
      ),
    );
    for (const row of rows) if (isPooled(row.record)) this.#pooled.push(row);
    this.#halves.push(...halvesThatDiffer(rows, this.#middle));
  }

  /** The pools are whole: the short sequences that they speak for get their charts. */
  finish(): Learnt {
    const histograms = this.#histograms.build();
    Object.assign(this.#surprise, surpriseLimits(this.#pooled, histograms, this.#foldOf));
    return {
      ...histograms,
      answers: inOrder(this.#answers),
      drift: inOrder(this.#drift),
      surprise: inOrder(this.#surprise),
      writtenValues: this.#written.ranges(),
      halves: this.#halves,
    };
  }
}

function inOrder<T>(of: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
}
