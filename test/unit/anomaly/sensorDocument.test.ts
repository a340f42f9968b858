import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { sensorDocument, sensorGroup } from '../../../src/anomaly/sensorDocument.js';
import { packagePath } from '../../../src/config/packageRoot.js';
import type { SensorTelling } from '../../../src/sensor/condition.js';
import { alertSchema } from '../../../src/triage/alert.js';
import { ecsProblems, leavesOf, mappedFields } from '../../fixtures/ecs.js';

const telling: SensorTelling = {
  sensor: 'north',
  kind: 'capture_loss',
  what: 'began',
  at: Date.parse('2026-03-02T08:05:10Z') / 1000,
  since: Date.parse('2026-03-02T08:05:10Z') / 1000,
  evidence: { observed: '12.0 % lost', usual: 'at most 1 %', text: 'north did not see 12.0 %' },
};
const options = { namespace: 'site', now: new Date(0) };

describe('a sensor document', () => {
  it.each(['began', 'lasts', 'ended'] as const)('of a condition that %s is in ECS and mapped', (what) => {
    const document = sensorDocument({ ...telling, what }, 'g', options);
    expect(ecsProblems(document)).toEqual([]);
    const mapped = new Set(
      ['logs-ot_anomaly.anomaly', 'components/ot_anomaly-output'].flatMap((name) => {
        const template = load(readFileSync(packagePath(`index-templates/${name}.yml`), 'utf8')) as {
          template: { mappings: unknown };
        };
        return [...mappedFields(template.template.mappings).keys()];
      }),
    );
    const evidence = (document['ot_anomaly'] as { evidence: readonly Record<string, unknown>[] }).evidence;
    const fields = [
      ...[...leavesOf(document).keys()].filter((name) => name !== 'ot_anomaly.evidence'),
      ...Object.keys(evidence[0] ?? {}).map((name) => `ot_anomaly.evidence.${name}`),
    ];
    expect(fields.filter((name) => !mapped.has(name))).toEqual([]);
  });

  it('is an alert while the condition lasts and an event when it has ended', () => {
    const kindOf = (what: SensorTelling['what']) =>
      (sensorDocument({ ...telling, what }, 'g', options)['event'] as { kind: string }).kind;
    expect([kindOf('began'), kindOf('lasts'), kindOf('ended')]).toEqual(['alert', 'alert', 'event']);
  });

  it('can be read by triage and by those who decide', () => {
    const { observer, ot_anomaly } = alertSchema.parse(sensorDocument(telling, 'g', options));
    expect([observer?.name, ot_anomaly.detector, ot_anomaly.evidence[0]?.text]).toEqual([
      'north',
      'sensor_health',
      telling.evidence.text,
    ]);
  });

  it('groups by sensor, kind and shift', () => {
    const { key, shift } = sensorGroup(telling);
    expect(sensorGroup({ ...telling, at: telling.at + 3600 })).toEqual({ key, shift });
    expect(sensorGroup({ ...telling, at: telling.at + 8 * 3600 }).shift).toBe(shift + 1);
    expect(sensorGroup({ ...telling, sensor: 'south' }).key).not.toBe(key);
    expect(sensorGroup({ ...telling, kind: 'silent' }).key).not.toBe(key);
  });
});
