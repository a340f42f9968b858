import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Asset, Inventory } from '../../../src/anomaly/assetContext.js';
import { anomalyDocument } from '../../../src/anomaly/document.js';
import { groupsOf } from '../../../src/anomaly/group.js';
import { MaintenancePlan } from '../../../src/anomaly/maintenancePlan.js';
import { riskScore, severity } from '../../../src/anomaly/risk.js';
import { packagePath } from '../../../src/config/packageRoot.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import type { Model } from '../../../src/model/artifact.js';
import { CHARTS, DETECTORS } from '../../../src/model/detectors/index.js';
import { Known } from '../../../src/model/known.js';
import { HITS } from '../../../src/model/runRule.js';
import { Scorer } from '../../../src/model/scorer.js';
import { ecsProblems, mappedFields, mappingProblems } from '../../fixtures/ecs.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const asset: Asset = {
  address: '10.0.0.0/8',
  name: 'site',
  type: 'plc',
  vendor: 'v',
  zone: 'z',
  criticality: 'high',
  safety_instrumented_system: true,
  redundancy_group: 'a',
  owner: 'o',
  expected_partners: ['10.0.0.1'],
};

let model: Model;
beforeAll(async () => {
  model = await trainOn(
    Array.from({ length: 31 * 300 }, (_, i) =>
      record({ ts: FROM + Math.floor(i / 300) * DAY + (i % 300), uid: `C${Math.floor(i / 300)}` }),
    ),
  );
});

function documentOf(of: OtRecord, interval?: number, isAlert = true): Record<string, unknown> {
  const scorer = new Scorer(model);
  // One odd interval says nothing, three of ten do.
  for (let i = 1; interval !== undefined && i < HITS; i += 1) scorer.score({ record: of, interval });
  const verdict = scorer.score({ record: of, interval });
  const [grouped] = groupsOf(of, verdict, () => false);
  if (grouped === undefined) throw new Error('not an anomaly');
  return anomalyDocument(
    { record: of, interval },
    verdict,
    { index: 'i', id: 'x', ingested: '2026-01-01T00:00:00.123456789Z', document: { zeek: { ts: 1 } } },
    { ...grouped, id: 'g', isAlert, records: 3, sources: 1 },
    {
      modelSha256: 'ab'.repeat(32),
      lab: false,
      inventory: new Inventory([asset]),
      maintenance: new MaintenancePlan([
        { calendar: 'c', uid: 'u', summary: 's', start: 0, end: 4e12, assets: [], zones: ['z'] },
      ]),
      namespace: 'n',
      now: new Date(0),
    },
  );
}

const cases: readonly (readonly [string, () => Record<string, unknown>])[] = [
  ['a new source', () => documentOf(record({ 'id.orig_h': '203.0.113.9', vlan: 7 }, 'modbus', 'north'))],
  ['a new function that writes', () => documentOf(record({ func: 'WRITE_SINGLE_COIL' }))],
  ['a rhythm', () => documentOf(record(), 0.4)],
  ['a further sign', () => documentOf(record({ 'id.orig_h': '203.0.113.9' }), undefined, false)],
  [
    'a connection attempt',
    () =>
      documentOf(
        record(
          {
            'id.orig_h': '203.0.113.9',
            'id.resp_h': '10.0.9.9',
            service: undefined,
            orig_bytes: 0,
            resp_bytes: 0,
          },
          'conn',
        ),
      ),
  ],
];

describe.each(cases)('the document of %s', (_what, make) => {
  it('is valid ECS', () => {
    expect(ecsProblems(make())).toEqual([]);
  });

  it('has no field that the stream’s templates leave unmapped', () => {
    const mapped = templateFields('logs-ot_anomaly.anomaly');
    const unmapped = [...leaves(make())].filter(
      (name) => !mapped.has(name) && !name.startsWith('ot_anomaly.zeek.document.'),
    );
    expect(unmapped).toEqual([]);
  });
});

describe('an alert', () => {
  it('says what was seen, how it scored and why, in words and numbers', () => {
    expect(documentOf(record({ 'id.orig_h': '203.0.113.9' }))).toMatchObject({
      event: { kind: 'alert', risk_score: 99, severity: 99 },
      message: expect.stringContaining(
        '203.0.113.9 was never seen as a source of industrial traffic in 31 days of baseline',
      ),
      ot_anomaly: {
        score: -0.5,
        detector: 'novelty',
        scores: { novelty: -0.5, isolation_forest: expect.any(Number) },
        destination_asset: asset,
      },
    });
    const rhythm = documentOf(record(), 0.4) as { message: string };
    expect(rhythm.message).toMatch(
      /3 of the last 10 intervals of READ_COILS .* the last is 0\.400 s, usual is 1\.000 s/,
    );
  });

  it('keeps a huge source row’s beginning and says so', () => {
    const of = record({ 'id.orig_h': '203.0.113.9' });
    const verdict = new Scorer(model).score({ record: of, interval: undefined });
    const [grouped] = groupsOf(of, verdict, () => false);
    if (grouped === undefined) throw new Error('not an anomaly');
    const document = anomalyDocument(
      { record: of, interval: undefined },
      verdict,
      { index: 'i', id: 'x', ingested: '', document: { big: 'x'.repeat(100_000) } },
      { ...grouped, id: 'g', isAlert: true, records: 1, sources: 1 },
      { modelSha256: '', lab: false, inventory: new Inventory([]), namespace: 'n', now: new Date(0) },
    );
    expect(document).toMatchObject({
      ot_anomaly: { zeek: { document: { truncated: true, characters: 100_010 } } },
    });
  });

  it('grows in risk with the score’s depth', () => {
    expect([-0.15, -0.3, -0.5, -0.9].map(riskScore)).toEqual([47, 69.3, 99, 99]);
    expect([-0.16, -0.4, -0.5].map(severity)).toEqual([47, 73, 99]);
  });
});

describe('the templates', () => {
  it.each(
    readdirSync(packagePath('index-templates'))
      .filter((name) => name.includes('ot_anomaly'))
      .map((name) => name.replace('.yml', '')),
  )('of %s map ECS fields as ECS does', (name) => {
    expect(mappingProblems(templateFields(name))).toEqual([]);
  });

  it('map the score of every detector', () => {
    const mapped = templateFields('logs-ot_anomaly.anomaly');
    const known = new Known(model.baseline);
    const names = [...DETECTORS, ...CHARTS].map((make) => make(model, known).name);
    for (const name of [...names, 'silence']) expect(mapped.has(`ot_anomaly.scores.${name}`)).toBe(true);
  });
});

interface Template {
  readonly composed_of?: readonly string[];
  readonly template?: { readonly mappings?: unknown };
}

function templateFields(name: string): ReadonlyMap<string, string> {
  const read = (path: string) =>
    load(readFileSync(packagePath(`index-templates/${path}.yml`), 'utf8')) as Template;
  const own = read(name);
  return new Map(
    [...(own.composed_of ?? []).map((component) => read(`components/${component}`)), own].flatMap(
      ({ template }) => [...mappedFields(template?.mappings)],
    ),
  );
}

function* leaves(value: unknown, prefix = ''): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* leaves(item, prefix);
  else if (typeof value === 'object' && value !== null)
    for (const [key, child] of Object.entries(value))
      yield* leaves(child, prefix === '' ? key : `${prefix}.${key}`);
  else if (value !== undefined) yield prefix;
}
