import { Scorer } from '../src/model/scorer.js';
import { ScoringStage } from '../src/scoring/scoringStage.js';
import type { PlantStream } from './plantStream.js';
import { median, timed } from './rounds.js';

/** Seconds: the default of `ot-anomaly score`. */
const LATENESS = 300;
/** Arrivals a poll, about what the scorer reads at once. */
const POLL = 1_000;

export interface DetectorBench {
  readonly rowsPerSecond: number;
  /** by processor time of the whole process: what the same core would do with nothing else on it */
  readonly rowsPerCpuSecond: number;
  readonly rows: number;
  readonly findings: number;
}

/** The whole detector, from a row's columns to findings: reading, ordering, intervals, and every detector. */
export async function benchDetector(
  { model, arrivals }: Pick<PlantStream, 'model' | 'arrivals'>,
  rounds: number,
): Promise<DetectorBench> {
  const timings = [];
  let findings = 0;
  for (let round = 0; round <= rounds; round++) {
    const stage = new ScoringStage(new Scorer(model), LATENESS);
    findings = 0;
    const timing = await timed(() => {
      for (let i = 0; i < arrivals.length; i += POLL)
        findings += stage.push(arrivals.slice(i, i + POLL)).length;
      findings += stage.flush().length;
    });
    if (round > 0) timings.push(timing);
  }
  return {
    rowsPerSecond: median(timings.map(({ seconds }) => arrivals.length / seconds)),
    rowsPerCpuSecond: median(timings.map(({ cpuSeconds }) => arrivals.length / cpuSeconds)),
    rows: arrivals.length,
    findings,
  };
}
