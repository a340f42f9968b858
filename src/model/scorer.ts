import { ALERT_LINE, type Model } from './artifact.js';
import type { Detector, Observation, Part } from './detectors/detector.js';
import { DETECTORS } from './detectors/index.js';
import { Known } from './known.js';

/** What all detectors together say of one observation. */
export interface Verdict {
  /** the lowest of the parts: −0.5 … 0.5, lower is more anomalous */
  readonly score: number;
  readonly parts: readonly Part[];
  readonly anomalous: boolean;
}

/** Scores observations against one model; holds no state of its own. */
export class Scorer {
  readonly #detectors: readonly Detector[];

  constructor(model: Model) {
    const known = new Known(model.baseline);
    this.#detectors = DETECTORS.map((make) => make(model, known));
  }

  score(observation: Observation): Verdict {
    return verdict(this.#detectors.map((detector) => detector.judge(observation)));
  }

  /** Whether the detectors that need no order already see an anomaly: then it can be told before the watermark. */
  isAnomalousAtOnce(observation: Observation): boolean {
    return this.#detectors.some(
      (detector) => !detector.needsOrder && detector.judge(observation).score < ALERT_LINE,
    );
  }
}

function verdict(parts: readonly Part[]): Verdict {
  const score = Math.min(...parts.map((part) => part.score));
  return { score, parts, anomalous: score < ALERT_LINE };
}
