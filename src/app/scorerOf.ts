import { ALERT_LINE } from '../model/artifact.js';
import { CHARTS, DETECTORS } from '../model/detectors/index.js';
import { novelty } from '../model/detectors/novelty.js';
import { Scorer } from '../model/scorer.js';
import type { LoadedModel } from '../registry/store.js';

const ALL = { detectors: DETECTORS, charts: CHARTS };
const STRUCTURE_ONLY = { detectors: [novelty], charts: [] };

/** The line below which this model's anomalies are alerts: what people signed, or a lab model's own. */
export function alertLineOf({ deployment }: LoadedModel): number {
  return deployment?.alertLine ?? ALERT_LINE;
}

/** A scorer as the model's deployment wants it; structure only leaves what is new, and what fell silent. */
export function scorerOf(loaded: LoadedModel): Scorer {
  const structureOnly = loaded.deployment?.structureOnly === true;
  return new Scorer(loaded.model, structureOnly ? STRUCTURE_ONLY : ALL, alertLineOf(loaded));
}
