import type { Asset } from '../anomaly/assetContext.js';
import { type FunctionClass, functionClass } from '../features/functionClass.js';
import { type Alert, protocolOfAlert } from './alert.js';

/** Why no answer on this alert may be `likely_benign`. */
export type NeverBenign = 'safety_asset' | 'changing_function' | 'unknown_function' | 'latched_drift';

/** Everything but reading and asking for identity changes what a device does or holds. */
const HARMLESS: ReadonlySet<FunctionClass> = new Set(['read', 'identify']);
/** Detectors whose sums stay above their line until a person resets them. */
const LATCHED: ReadonlySet<string> = new Set(['drift', 'three_of_ten']);

/**
 * @param assets what the inventory says of both ends now, beside what the alert says of them
 * @returns every reason why a person has to look, whatever a model says; none if there is none
 */
export function neverBenign(
  alert: Alert,
  assets: readonly (Asset | undefined)[] = [],
): readonly NeverBenign[] {
  const { ot_anomaly: ot } = alert.document;
  const reasons: NeverBenign[] = [];
  const ends = [ot.source_asset, ot.destination_asset, ...assets];
  if (ends.some((asset) => asset?.safety_instrumented_system === true)) reasons.push('safety_asset');
  if (ot.function_code !== undefined) {
    const protocol = protocolOfAlert(alert);
    const kind = protocol === undefined ? 'other' : functionClass(protocol, ot.function_code);
    if (kind === 'other') reasons.push('unknown_function');
    else if (!HARMLESS.has(kind)) reasons.push('changing_function');
  }
  if (LATCHED.has(ot.detector) || LATCHED.has(ot.group?.kind ?? '')) reasons.push('latched_drift');
  return reasons;
}
