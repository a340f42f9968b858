import { isoOf } from '../isoTime.js';
import type { SensorTelling } from '../sensor/condition.js';
import { ECS_VERSION } from './document.js';
import { SHIFT_SECONDS } from './group.js';

/** As the name of the detector in `ot_anomaly.detector` and `rule.name`. */
const DETECTOR = 'sensor_health';
/** Medium on Kibana's steps: nothing was attacked as far as is known, but sight is lost. */
const RISK = 47;

/** What sensor alerts group by: one for each sensor, kind and shift, whatever the model. */
export function sensorGroup({ sensor, kind, at }: SensorTelling): {
  readonly key: string;
  readonly shift: number;
} {
  return { key: `${DETECTOR}|${sensor}|${kind}`, shift: Math.floor(at / SHIFT_SECONDS) };
}

/**
 * A sensor that does not see everything, in ECS: an alert when that begins and once in every further shift, an
 * event when it has ended. It has no score: nothing was judged, which is the point.
 */
export function sensorDocument(
  telling: SensorTelling,
  groupId: string,
  { namespace, now }: { readonly namespace: string; readonly now: Date },
): Record<string, unknown> {
  const { sensor, kind, what, at, since, evidence } = telling;
  const ended = what === 'ended';
  const text = ended
    ? `no longer: ${evidence.text}`
    : `${evidence.text}; meanwhile detectors of interval and silence abstain for this sensor`;
  return {
    '@timestamp': isoOf(at),
    message: text,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.anomaly', namespace },
    event: {
      kind: ended ? 'event' : 'alert',
      category: ['network'],
      type: ['info'],
      action: ended ? 'ot-anomaly-sensor-recovered' : 'ot-anomaly-sensor-impaired',
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.anomaly',
      provider: 'ot-anomaly-detector',
      created: now.toISOString(),
      severity: RISK,
      risk_score: RISK,
      reason: text,
    },
    observer: { vendor: 'Zeek', product: 'Zeek', ...(sensor === '-' ? {} : { name: sensor }) },
    rule: { name: DETECTOR, category: kind, ruleset: 'ot-anomaly-detector' },
    ot_anomaly: {
      detector: DETECTOR,
      group: { id: groupId, kind: 'sensor' },
      sensor: { condition: kind, since: isoOf(since) },
      evidence: [{ detector: DETECTOR, feature: kind, ...evidence }],
    },
  };
}
