import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreWindow } from '../../src/app/scoreWindow.js';
import { trainModel } from '../../src/app/trainModel.js';
import { FOREST_DEFAULTS } from '../../src/model/training/train.js';
import { buildPlant, type ScenarioLabel } from '../../src/simulator/index.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { newId } from './scoredSite.js';
import { bringTraffic, DAY } from './simulated.js';

const namespace = uniqueNamespace();
const index = `logs-ot_zeek.*-${namespace}`;
const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const plant = buildPlant({ seed: 11, plcs: 1, protocols: ['dnp3', 'enip'] });
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-models-'));
const BASELINE_DAYS = 31;

interface Alert {
  readonly event: { readonly kind: string };
  readonly source: { readonly ip: string };
  readonly destination: { readonly ip: string };
  readonly threat?: { readonly technique: { readonly id: readonly string[] } };
  readonly ot_anomaly: {
    readonly detector: string;
    readonly score: number;
    readonly function_code?: string;
    readonly evidence: readonly { readonly feature: string }[];
    readonly technique?: readonly { readonly id: string; readonly v18_id: string; readonly name: string }[];
  };
}

let alerts: readonly Alert[];
let labels: readonly ScenarioLabel[];

beforeAll(async () => {
  const keys = await setUp(namespace);
  const brought = await bringTraffic(clientOf(keys, 'ingest'), {
    plant,
    from,
    days: BASELINE_DAYS + 1,
    namespace,
    observeSecondsPerHour: 0.5,
    scenarios: [
      { name: 'dnp3-direct-operate', at: from + BASELINE_DAYS * DAY + 10 * 3600 },
      { name: 'cip-program-download', at: from + BASELINE_DAYS * DAY + 2 * 3600 },
    ],
  });
  labels = brought.labels;
  const model = await trainModel({
    client: clientOf(keys, 'trainer'),
    index,
    namespace,
    folder,
    training: {
      ...FOREST_DEFAULTS,
      from,
      to: from + BASELINE_DAYS * DAY,
      rowsPerKey: 500,
      acceptShortBaseline: false,
    },
    progress: () => {},
    now: () => new Date(),
    newId,
  });
  if ('refusal' in model) throw new Error('refused');
  await scoreWindow({
    client: clientOf(keys, 'scorer'),
    index,
    namespace,
    model,
    from: from + BASELINE_DAYS * DAY,
    to: from + (BASELINE_DAYS + 1) * DAY,
    pageSize: 1_000,
    now: () => new Date(),
    newId,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  const anomalies = `logs-ot_anomaly.anomaly-${namespace}`;
  await cluster().indices.refresh({ index: anomalies });
  const { hits } = await cluster().search<Alert>({ index: anomalies, size: 1_000 });
  alerts = hits.hits.flatMap(({ _source }) => (_source === undefined ? [] : [_source]));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const of = (scenario: string) => {
  const own = labels.filter((label) => label.scenario === scenario);
  return alerts.filter(({ source, destination }) =>
    own.some((label) => label.source === source.ip && label.destination === destination.ip),
  );
};
const techniques = (found: readonly Alert[]) =>
  [...new Set(found.flatMap(({ ot_anomaly }) => ot_anomaly.technique ?? []).map(({ id }) => id))].sort();

describe('a DNP3 and EtherNet/IP plant, learnt for a month', () => {
  it('is quiet on the next day but for what was injected', () => {
    const injected = [...of('dnp3-direct-operate'), ...of('cip-program-download')];
    const others = alerts.filter((alert) => !injected.includes(alert));
    expect(
      others.map(({ source, destination, ot_anomaly }) => [source.ip, destination.ip, ot_anomaly]),
    ).toEqual([]);
  });

  it('tells of an unknown DNP3 master that operates relays, by novelty and with its techniques', () => {
    const found = of('dnp3-direct-operate');
    const operated = found.filter(({ ot_anomaly }) => ot_anomaly.function_code?.startsWith('DIRECT_OPERATE'));
    expect(operated.length).toBeGreaterThan(0);
    for (const { ot_anomaly } of operated) {
      expect(ot_anomaly.detector).toBe('novelty');
      expect(ot_anomaly.score).toBe(-0.5);
      expect(ot_anomaly.evidence.map(({ feature }) => feature)).toContain('source');
    }
    // Unauthorized Command Message and Rogue Master; what it read before is Point & Tag Identification.
    expect(techniques(operated)).toEqual(['T0848', 'T1692.001']);
    expect(techniques(found)).toContain('T0861');
  });

  it('tells of a program download from the known engineering workstation, by function and technique', () => {
    const found = of('cip-program-download');
    // What charts add of the same messages (the odd hour, a surprise) are alerts of their own.
    const byFunction = (code: string) =>
      found.filter(
        ({ ot_anomaly }) => ot_anomaly.function_code === code && ot_anomaly.detector === 'novelty',
      );
    for (const code of ['Create, 0x68', 'Delete, 0x68', 'Save, 0x68']) {
      expect(byFunction(code).length).toBeGreaterThan(0);
      expect(techniques(byFunction(code))).toContain('T0843');
    }
    expect(techniques(byFunction('Stop, 0x8e'))).toContain('T0858');
    const told = byFunction('Create, 0x68').map(({ ot_anomaly: { detector, score } }) => [detector, score]);
    expect(told).toContainEqual(['novelty', -0.3]);
  });
});
