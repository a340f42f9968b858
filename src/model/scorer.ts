import type { Sequence } from '../features/intervalTracker.js';
import type { OtRecord } from '../features/otRecord.js';
import { ALERT_LINE, type Model } from './artifact.js';
import type { DriftChart } from './detectors/charts/drift.js';
import type { Chart, Detector, Observation, Part } from './detectors/detector.js';
import { CHARTS, DETECTORS } from './detectors/index.js';
import { Known, knowsRelation } from './known.js';

/** What all detectors together say of one observation. */
export interface Verdict {
  /** the lowest of the parts: −0.5 … 0.5, lower is more anomalous */
  readonly score: number;
  readonly parts: readonly Part[];
  /** the line that the parts were held against: what is below it is an anomaly */
  readonly alertLine: number;
  readonly anomalous: boolean;
}

/** What the charts remember, by the chart's name. */
export type ChartStates = Record<string, [key: string, state: unknown][]>;

/** Scores observations against one model. The charts remember; everything else is a function of the observation. */
export class Scorer {
  /** relation key → seconds without a request that the baseline allows */
  readonly silenceLimits: Readonly<Record<string, number>>;
  readonly #detectors: readonly Detector[];
  /** those of them that need no order */
  readonly #atOnce: readonly Detector[];
  readonly #charts: readonly Chart[];
  readonly #alertLine: number;
  readonly #known: Known;

  /**
   * @param makers the detectors to use: all of them, unless a measurement leaves some out
   * @param alertLine below it a score is an anomaly; a deployment's comes from what people signed
   */
  constructor(
    model: Model,
    makers = { detectors: DETECTORS, charts: CHARTS },
    alertLine: number = ALERT_LINE,
  ) {
    this.#alertLine = alertLine;
    const known = new Known(model.baseline, knowsRelation(model.baseline));
    this.#known = known;
    this.silenceLimits = model.baseline.silence;
    this.#detectors = makers.detectors.map((make) => make(model, known));
    this.#atOnce = this.#detectors.filter(({ needsOrder }) => !needsOrder);
    this.#charts = makers.charts.map((make) => make(model, known));
  }

  /** Whether the baseline has the sequence of this key (features/relation.ts). */
  knows(sequenceKey: string): boolean {
    return this.#known.hasSequence(sequenceKey);
  }

  /** A record's sequence, and whether the baseline has it. */
  sequenceOf(record: OtRecord): Sequence {
    return this.#known.sequenceOf(record);
  }

  /** Shows an observation to every detector and chart: each record once, in order of time. */
  score(observation: Observation): Verdict {
    const parts = this.#detectors.map((detector) => detector.judge(observation));
    return this.verdictOf([...parts, ...this.#chartParts(observation)]);
  }

  /** The same for a record that `judgeAtOnce` has spoken of: only the charts are asked. */
  scoreByCharts(observation: Observation): Verdict {
    return this.verdictOf(this.#chartParts(observation));
  }

  /** A verdict without what detectors of single records say. */
  partsOfCharts({ parts }: Verdict): Verdict {
    return this.verdictOf(parts.filter(({ detector }) => this.#charts.some(({ name }) => name === detector)));
  }

  /**
   * Judges a record before the watermark, by the detectors that look at nothing but the record.
   *
   * @returns undefined unless one that needs no order sees an anomaly: then it can be told at once
   */
  judgeAtOnce(observation: Observation): Verdict | undefined {
    const found = this.#atOnce.some((detector) => detector.judge(observation).score < this.#alertLine);
    return found ? this.verdictOf(this.#detectors.map((detector) => detector.judge(observation))) : undefined;
  }

  /** What parts say together. */
  verdictOf(parts: readonly Part[]): Verdict {
    const score = parts.reduce((lowest, part) => Math.min(lowest, part.score), 0.5);
    return { score, parts, alertLine: this.#alertLine, anomalous: score < this.#alertLine };
  }

  /** Shows a record that another scorer judges, in its order of time, to what counts over several relations. */
  witness(record: OtRecord): void {
    for (const chart of this.#charts) chart.witness?.(record);
  }

  #chartParts(observation: Observation): readonly Part[] {
    const parts: Part[] = [];
    for (const chart of this.#charts) {
      const part = chart.judge(observation);
      if (part !== undefined) parts.push(part);
    }
    return parts;
  }

  /**
   * Sets a drift chart back to zero after a person's decision.
   *
   * @param at seconds since the epoch at which it was decided
   * @returns false when the chart has nothing to reset, or a later decision did
   */
  resetDrift(subject: string, at: number): boolean {
    return this.#charts.some((chart) => isDrift(chart) && chart.reset(subject, at));
  }

  state(): ChartStates {
    return Object.fromEntries(
      this.#charts.map((chart) => [chart.name, chart.state().map(([key, state]) => [key, state])]),
    );
  }

  /** @throws {ZodError} when the state is not one that `state` gave */
  restore(state: Readonly<Record<string, unknown>>): void {
    for (const chart of this.#charts) if (Object.hasOwn(state, chart.name)) chart.restore(state[chart.name]);
  }
}

function isDrift(chart: Chart): chart is DriftChart {
  return 'reset' in chart;
}
