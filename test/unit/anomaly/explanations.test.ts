import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Inventory } from '../../../src/anomaly/assetContext.js';
import { anomalyDocument } from '../../../src/anomaly/document.js';
import type { OtRecord } from '../../../src/features/otRecord.js';
import type { Algorithm, Model } from '../../../src/model/artifact.js';
import { CHARTS, DETECTORS } from '../../../src/model/detectors/index.js';
import { Known } from '../../../src/model/known.js';
import { Scorer } from '../../../src/model/scorer.js';
import { GroupLedger } from '../../../src/scoring/groupLedger.js';
import { pastArrival } from '../../../src/scoring/pastArrival.js';
import { type Arrival, ScoringStage } from '../../../src/scoring/scoringStage.js';
import { type Told, tell } from '../../../src/scoring/telling.js';
import { PLANTED, SUNDAY_3AM } from '../../fixtures/planted.js';
import { record } from '../../fixtures/records.js';
import { regularModel } from '../../fixtures/regularRelation.js';

/** What an analyst has to read of each detector, in the alert as it is written. */
interface Explained {
  readonly rows: () => readonly OtRecord[];
  readonly observed: RegExp;
  readonly usual: RegExp;
  /** how rare it is, or since when: in the sentence, and as a field of its own where there is one */
  readonly rareOrSince: RegExp;
  readonly field: 'since' | 'surprisal' | 'days_seen' | 'none';
  /** techniques of ATT&CK for ICS that the alert claims; each with its evidence */
  readonly techniques?: readonly string[];
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`;
const planted = (name: string) => PLANTED[name] ?? (() => []);

const EXPLAINED: Readonly<Record<string, Explained>> = {
  novelty: {
    rows: planted('novelty'),
    observed: /^203\.0\.113\.1$/,
    usual: /^10\.0\.0\.1, 10\.0\.0\.7, 10\.0\.0\.9$/,
    rareOrSince: /never seen as a source of industrial traffic in 31 days of baseline/,
    field: 'days_seen',
    techniques: ['T0861'],
  },
  isolation_forest: {
    rows: planted('isolation_forest'),
    observed: /^203\.0\.113\.1$/,
    usual: /^10\.0\.0\.1, 10\.0\.0\.7, 10\.0\.0\.9$/,
    rareOrSince: /never seen .* in 31 days of baseline/,
    field: 'days_seen',
    techniques: ['T0861'],
  },
  z_score: {
    rows: planted('z_score'),
    observed: /^203\.0\.113\.1$/,
    usual: /^10\.0\.0\.1, 10\.0\.0\.7, 10\.0\.0\.9$/,
    rareOrSince: /never seen .* in 31 days of baseline/,
    field: 'days_seen',
    techniques: ['T0861'],
  },
  histogram: {
    rows: planted('histogram'),
    observed: /^6\d\d bytes$/,
    usual: /^about 2\d\d bytes \(median\)$/,
    rareOrSince: /as rare as 1 in \d+ of \d+ baseline connections$/,
    field: 'surprisal',
  },
  hour_of_week: {
    rows: planted('hour_of_week'),
    observed: /^Sun, 01 Feb 2026 03:00:00 UTC$/,
    usual: /^Tue 0\d–1\d UTC$/,
    rareOrSince: /was never present near this hour of the week/,
    field: 'none',
  },
  surprise: {
    rows: planted('surprise'),
    observed: /^4\d\d bytes$/,
    usual: /^about 2\d\d bytes \(median\)$/,
    rareOrSince: new RegExp(`unusual values since ${TIME}.*adds up to [\\d.]+ .* and [\\d.]+ is the limit`),
    field: 'since',
  },
  drift: {
    rows: planted('drift'),
    observed: /^2\d\d\.\d bytes$/,
    usual: /^25\d\.\d bytes ± [\d.]+ bytes$/,
    rareOrSince: new RegExp(`in \\d+ hours of baseline; since about ${TIME}`),
    field: 'since',
  },
  three_of_ten: {
    rows: planted('three_of_ten'),
    observed: /^0\.[56]\d\d s$/,
    usual: /^(0\.99|1\.00)\d s \(median\)$/,
    rareOrSince: /^3 of the last 10 intervals of READ_COILS .* rarer than 1 in \d+/,
    field: 'since',
  },
  fan_out: {
    rows: planted('fan_out'),
    observed: /^12 destinations in an hour$/,
    usual: /^up to 11 destinations$/,
    rareOrSince: /met 12 destinations in an hour; the baseline allows 11/,
    field: 'since',
    techniques: ['T0846'],
  },
  exceptions: {
    rows: planted('exceptions'),
    observed: /^\d+ of \d+ rows \(ILLEGAL_DATA_ADDRESS\)$/,
    usual: /^0 of \d+ rows$/,
    rareOrSince: new RegExp(`\\d+ of \\d+ rows since ${TIME}.*in the baseline 0 of \\d+ rows`),
    field: 'since',
  },
  written_address: {
    rows: planted('written_address'),
    observed: /^address 41 \(quantity 1\)$/,
    usual: /^address 40 \(quantity 1\)$/,
    rareOrSince: /^WRITE_SINGLE_REGISTER at address 41 .* was never seen in .* in 31 days of baseline/,
    field: 'days_seen',
    techniques: ['T1692.001', 'T0836'],
  },
  written_value: {
    rows: planted('written_value'),
    observed: /^5000 at address 40$/,
    usual: /^500 to 506$/,
    rareOrSince:
      /^WRITE_SINGLE_REGISTER of 5000 at address 40 .* in 31 days of baseline it was 500 to 506, and 482 to 524 are allowed$/,
    field: 'none',
    techniques: ['T1692.001', 'T0836'],
  },
  write_rate: {
    rows: planted('write_rate'),
    observed: /^10 requests in an hour$/,
    usual: /^at most 1 in an hour$/,
    rareOrSince: /got 10 WRITE_SINGLE_REGISTER in an hour; the baseline had at most 1, and 9 are allowed$/,
    field: 'since',
    techniques: ['T0806'],
  },
  silence: {
    rows: planted('silence'),
    observed: new RegExp(`^none since ${TIME}`),
    usual: /^at most \d+ min without one$/,
    rareOrSince: new RegExp(`nothing since ${TIME}.*the baseline allows \\d+ min`),
    field: 'since',
  },
};

const document = z.object({
  event: z.object({ kind: z.string(), reason: z.string() }),
  ot_anomaly: z.object({
    detector: z.string(),
    group: z.object({ kind: z.string() }),
    since: z.string().optional(),
    technique: z.array(z.object({ id: z.string(), evidence: z.string().min(20) })).default([]),
    evidence: z.array(
      z.object({
        detector: z.string(),
        observed: z.string(),
        usual: z.string(),
        text: z.string(),
        surprisal: z.number().optional(),
        days_seen: z.number().optional(),
      }),
    ),
  }),
});

let models: Readonly<Record<Algorithm, Model>>;
beforeAll(async () => {
  models = {
    'isolation-forest': await regularModel('isolation-forest'),
    'z-score': await regularModel('z-score'),
  };
}, 120_000);

/** The alerts that a scorer would write of these rows. */
function alertsOf(model: Model, rows: readonly OtRecord[]) {
  const stage = new ScoringStage(new Scorer(model), 0);
  const found = [...rows.flatMap((row, n) => stage.push([arrivalOf(row, n)])), ...stage.flush()];
  const { tellings } = tell(found, new GroupLedger<Told>(), () => false);
  return tellings
    .filter(({ as }) => as === 'alert')
    .map(({ finding, grouped, count }) =>
      document.parse(
        anomalyDocument(
          finding.observation,
          finding.verdict,
          finding.arrival,
          { ...grouped, ...count, id: 'g', isAlert: true },
          {
            modelSha256: '0'.repeat(64),
            lab: true,
            inventory: new Inventory([]),
            namespace: 'default',
            now: new Date(0),
          },
        ),
      ),
    );
}

/** The Zeek row that a record was read from. */
function arrivalOf(of: OtRecord, n: number): Arrival {
  const columns = {
    ts: of.ts,
    uid: of.uid,
    'id.orig_h': of.source,
    'id.orig_p': of.sourcePort,
    'id.resp_h': of.destination,
    'id.resp_p': of.port,
    ...(of.log === 'conn'
      ? { orig_bytes: of.origBytes, resp_bytes: of.respBytes }
      : { unit: Number(of.unit), func: of.functionCode, pdu_type: of.kind === 'request' ? 'REQ' : 'RESP' }),
    ...(of.address === undefined ? {} : { address: of.address, quantity: of.quantity }),
    ...(of.values.length === 0 ? {} : { request_values: of.values, request_response: 'REQUEST' }),
    ...(of.exception === undefined ? {} : { exception: of.exception }),
  };
  const row = { log: of.log, sensor: undefined, columns };
  return { index: 'logs', id: `${n}`, ingested: pastArrival(of.ts), document: columns, row };
}

describe.each(Object.entries(EXPLAINED))('an alert of %s', (name, { rows, observed, usual, ...rest }) => {
  it('names the detector, what was seen and what is usual with their units, how rare or since when, and what speaks for a technique', () => {
    const model = models[name === 'z_score' ? 'z-score' : 'isolation-forest'];
    const alerts = alertsOf(model, rows());
    const alert = alerts.find(({ ot_anomaly: { evidence } }) =>
      evidence.some(({ detector }) => detector === name),
    );
    const evidence = alert?.ot_anomaly.evidence.find(({ detector }) => detector === name);
    expect(evidence?.observed).toMatch(observed);
    expect(evidence?.usual).toMatch(usual);
    expect(evidence?.text).toMatch(rest.rareOrSince);
    switch (rest.field) {
      case 'since':
        expect(alert?.ot_anomaly.since).toMatch(new RegExp(TIME));
        break;
      case 'surprisal':
        expect(evidence?.surprisal).toBeGreaterThan(2);
        break;
      case 'days_seen':
        expect(evidence?.days_seen).toBe(0);
        break;
      case 'none':
        break;
    }
    expect(alert?.ot_anomaly.technique.map(({ id }) => id)).toEqual(rest.techniques ?? []);
    expect(alert?.event.reason).toContain(alert?.ot_anomaly.evidence[0]?.text ?? 'no text');
  });
});

describe('the explanations', () => {
  it('are checked for every detector there is', () => {
    const of = Object.values(models).flatMap((model) =>
      [...DETECTORS, ...CHARTS].map((make) => make(model, new Known(model.baseline)).name),
    );
    expect([...new Set([...of, 'silence'])].sort()).toEqual(Object.keys(EXPLAINED).sort());
  });

  it('claim a command out of hours with what speaks for it', () => {
    const write = record({ ts: SUNDAY_3AM, 'id.orig_h': '10.0.0.9', func: 'WRITE_SINGLE_REGISTER' });
    const alert = alertsOf(models['isolation-forest'], [write]).find(
      ({ ot_anomaly: { group } }) => group.kind === 'hour_of_week',
    );
    expect(alert?.ot_anomaly.technique).toEqual(
      ['T1692.001', 'T0836'].map((id) =>
        expect.objectContaining({
          id,
          evidence: expect.stringMatching(/^WRITE_SINGLE_REGISTER by 10\.0\.0\.9 at an hour of the week/),
        }),
      ),
    );
  });
});
