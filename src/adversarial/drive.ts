import type { ZeekRow } from '../features/otRecord.js';
import { toOtRecord } from '../features/otRecord.js';
import { relationKey } from '../features/relation.js';
import { ALERT_LINE, type Model } from '../model/artifact.js';
import { Scorer } from '../model/scorer.js';
import { pastArrival } from '../scoring/pastArrival.js';
import { type Arrival, type Finding, ScoringStage } from '../scoring/scoringStage.js';

/** What the production path said of a sequence of rows. */
export interface Driven {
  /** for each row, whether its own verdict was an anomaly */
  readonly flagged: readonly boolean[];
  /** for each flagged row's index, the detectors below the line */
  readonly detectors: ReadonlyMap<number, readonly string[]>;
  /** lowest score of any row: 0.5 where nothing was below it */
  readonly lowest: number;
}

/**
 * Scores rows through the scorer's own stage: structure at once, the rest behind the watermark, charts and all.
 *
 * The rows are those of an attack alone, so the silence of every relation that they aren't about is left out: it would
 * be told with them and be nobody's finding.
 *
 * @param rows in order of time
 */
export function drive(model: Model, rows: readonly ZeekRow[]): Driven {
  const flagged = new Array<boolean>(rows.length).fill(false);
  const detectors = new Map<number, readonly string[]>();
  let lowest = 0.5;
  const stage = new ScoringStage(new Scorer(withSilenceOf(model, rows)), 0, undefined, (_, { score }) => {
    lowest = Math.min(lowest, score);
  });
  const take = (findings: readonly Finding[]) => {
    for (const { arrival, verdict } of findings) {
      const index = Number(arrival.id);
      flagged[index] = true;
      detectors.set(index, [...new Set([...(detectors.get(index) ?? []), ...detectorsBelowLine(verdict)])]);
    }
  };
  take(stage.push(rows.map((row, i) => arrivalOf(row, i))));
  take(stage.flush());
  return { flagged, detectors, lowest };
}

export function arrivalOf(row: ZeekRow, index: number): Arrival {
  return {
    index: 'gate',
    id: String(index),
    ingested: pastArrival(Number(row.columns['ts'])),
    document: undefined,
    row,
  };
}

export function detectorsBelowLine({ parts }: Finding['verdict']): readonly string[] {
  return parts.filter(({ score }) => score < ALERT_LINE).map(({ detector }) => detector);
}

/** The model, watching for silence only the relations of these rows. */
export function withSilenceOf(model: Model, rows: readonly ZeekRow[]): Model {
  const relations = new Set(
    rows.flatMap((row) => {
      const record = toOtRecord(row);
      return record === undefined ? [] : [relationKey(record)];
    }),
  );
  const silence = Object.fromEntries(
    Object.entries(model.baseline.silence).filter(([key]) => relations.has(key)),
  );
  return { ...model, baseline: { ...model.baseline, silence } };
}
