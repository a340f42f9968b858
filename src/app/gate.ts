import { type DealtDays, dealDays, describeDays } from '../adversarial/days.js';
import { ARTICLE } from '../adversarial/drift/article.js';
import { type ArticleDrift, articleDrift } from '../adversarial/drift/articleDrift.js';
import { articleRelation, polledRelations, restlessness } from '../adversarial/drift/chooseRelation.js';
import { driftCoverage } from '../adversarial/drift/coverage.js';
import { driftVariants } from '../adversarial/drift/driftGate.js';
import { persistentDrift } from '../adversarial/drift/persistent.js';
import { type PolledRelation, polledBaseline } from '../adversarial/drift/polls.js';
import { type EvasionResult, judge, type Scene } from '../adversarial/evasion/evasion.js';
import { EVASIONS } from '../adversarial/evasion/index.js';
import { readers } from '../adversarial/evasion/roles.js';
import { whiteBox } from '../adversarial/evasion/whiteBox.js';
import { falsePositives } from '../adversarial/falsePositives.js';
import { describeGroup, type Group, keyOf } from '../adversarial/group.js';
import { measureNoise, type Noise } from '../adversarial/noise.js';
import { poisonings } from '../adversarial/poisoning/poisoning.js';
import type { DriftResult, GateFloors, GateReport, PoisoningResult } from '../adversarial/result.js';
import { readSubPlant, type SubPlant, withRelations } from '../adversarial/subPlant.js';
import { reasonsAgainst } from '../adversarial/verdict.js';
import type { Inventory } from '../anomaly/assetContext.js';
import { expectedPartners } from '../anomaly/expectedPartners.js';
import type { OtRecord } from '../features/otRecord.js';
import { groupKey } from '../features/relation.js';
import type { Model } from '../model/artifact.js';
import { presenceOf } from '../model/training/presence.js';
import {
  addToGroup,
  type BaselineSource,
  FOREST_DEFAULTS,
  type TrainingOptions,
  train,
} from '../model/training/train.js';
import type { LoadedModel } from '../registry/store.js';
import type { Arrival } from '../scoring/scoringStage.js';
import { childKey, type Key, rootKey } from '../simulator/random.js';
import { GateError } from './gateError.js';

/** Where the plant's rows come from: Elasticsearch, or rows in memory. Times in seconds since the epoch, ends excluded. */
export interface GateData {
  baseline(from: number, to: number): BaselineSource;
  /** rows in order of time */
  rows(from: number, to: number): AsyncIterable<readonly Arrival[]>;
}

export type GateStage = 'copy' | 'false positives' | 'drift' | 'evasion' | 'poisoning';

export interface GateOptions {
  readonly model: LoadedModel;
  readonly data: GateData;
  readonly inventory: Inventory;
  readonly floors: GateFloors;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (stage: GateStage, done: number, of: number | undefined) => void;
  /** of the article's test, 7,200 by default: fewer only in tests of the gate itself */
  readonly pollsAnHour?: number;
}

/** Held-out rows judged; a larger plant is judged on its first days. */
const HELD_OUT_ROWS_AT_MOST = 1_000_000;
/** Rows of one relation that its noise is measured on. */
const NOISE_ROWS = 20_000;

/**
 * Tries to defeat a model before it is deployed, on a copy of it that was trained without the days it is judged on.
 * The same model, documents and seed give the same result.
 *
 * @throws {GateError} no_data, interrupted
 */
export async function gate(options: GateOptions): Promise<GateReport> {
  const { model, floors, seed, signal } = options;
  const key = childKey(rootKey(seed), 'gate');
  const days = dealDays(model.model);
  const copy = await trainCopy(options, days);
  throwIfAborted(signal);
  options.onProgress('false positives', 0, undefined);
  const fp = await falsePositives({
    model: copy,
    pages: options.data.rows(days.gateFrom, days.to),
    isListed: (address) => options.inventory.find(address) !== undefined,
    from: days.gateFrom,
    to: days.to,
    rowsAtMost: HELD_OUT_ROWS_AT_MOST,
    signal,
    onProgress: (rows) => options.onProgress('false positives', rows, undefined),
  });
  throwIfAborted(signal);
  const polled = await polledRelation(options, days);
  const device = await readDevice(options);
  const drift = await driftPart(options, days, polled, childKey(key, 'drift'));
  throwIfAborted(signal);
  const evasion = evasionPart(options, days, childKey(key, 'evasion'));
  const poisoning = await poisoningPart(options, device, polled.relation, childKey(key, 'poisoning'));
  throwIfAborted(signal);
  const parts = { drift, falsePositives: fp, evasion, poisoning, floors };
  const reasons = reasonsAgainst(parts);
  return {
    passed: reasons.length === 0,
    reasons,
    modelSha256: model.sha256,
    seed,
    days: describeDays(days),
    floors,
    inventory: options.inventory.isEmpty ? 'assumed' : 'site',
    drift,
    falsePositives: fp,
    evasion,
    poisoning,
  };
}

/** As the model was trained; the copies are never shown to anybody, so they compare no algorithms. */
function trainingOf(model: Model, from: number, to: number): TrainingOptions {
  const { contamination, seed, rowsPerKey } = model.options;
  const { trees, subsample } = model.algorithm === 'isolation-forest' ? model.options : FOREST_DEFAULTS;
  const { algorithm, profile } = model;
  return {
    algorithm,
    compare: false,
    trees,
    subsample,
    contamination,
    seed,
    rowsPerKey,
    from,
    to,
    profile,
    acceptShortBaseline: true,
    daysAtLeast: 1,
  };
}

async function trainCopy({ model, data, onProgress }: GateOptions, days: DealtDays): Promise<Model> {
  const { from, calibrationFrom, gateFrom } = days;
  const result = await train(
    data.baseline(from, calibrationFrom),
    trainingOf(model.model, from, calibrationFrom),
    (_, done, total) => onProgress('copy', done, total),
  );
  if ('refusal' in result) throw new GateError('no_data', describeDays(days).baseline);
  // A habit of the week shows in no fewer than four: it is learnt of all days but those that it is judged on.
  const presence = await presenceOf(data.baseline(from, gateFrom), from);
  return { ...result.model, baseline: { ...result.model.baseline, presence } };
}

interface Polled {
  readonly group: Group | undefined;
  readonly relation: PolledRelation;
}

/** The relation whose noise is used: of those that the article's test can be about, the most restless on the calibration days. */
async function polledRelation({ model, data, pollsAnHour }: GateOptions, days: DealtDays): Promise<Polled> {
  const groups = polledRelations(model.model);
  if (groups.length === 0)
    return { group: undefined, relation: articleRelation(undefined, undefined, pollsAnHour) };
  const source = data.baseline(days.calibrationFrom, days.gateFrom);
  const examples = await examplesOf(source, new Map(groups.map((group) => [keyOf(group), group])));
  let chosen: { readonly group: Group; readonly noise: Noise & { readonly mean: number } } | undefined;
  for (const { group, example, rows } of examples) {
    const stretches = await source.sample({ example, rows }, NOISE_ROWS, model.model.options.seed);
    const values = stretches
      .flat()
      .flatMap(({ ts, origBytes }) => (origBytes === undefined ? [] : [{ ts, value: origBytes }]));
    const noise = measureNoise(values);
    if (noise === undefined) continue;
    if (chosen === undefined || restlessness(noise) > restlessness(chosen.noise)) chosen = { group, noise };
  }
  return { group: chosen?.group, relation: articleRelation(chosen?.group, chosen?.noise, pollsAnHour) };
}

async function examplesOf(source: BaselineSource, groups: ReadonlyMap<string, Group>) {
  const found = new Map<string, { readonly example: OtRecord; rows: number }>();
  for await (const count of source.hourCounts())
    if (groups.has(groupKey(count.record))) addToGroup(found, count);
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, sampled]) => {
      const group = groups.get(key);
      return group === undefined ? [] : [{ group, ...sampled }];
    });
}

/**
 * The article's test on a copy that holds the planted relation alone: what it would add to a copy of the whole plant
 * (most of its rows) would change the forest that the other parts are judged by.
 */
async function driftPart(
  options: GateOptions,
  days: DealtDays,
  { group, relation }: Polled,
  key: Key,
): Promise<DriftResult> {
  const { model, floors, onProgress, signal } = options;
  const window = { from: days.from, to: days.calibrationFrom };
  const planted = polledBaseline(relation, {
    ...window,
    key: childKey(key, 'baseline'),
    rowsAtMost: model.model.options.rowsPerKey,
  });
  const trained = await train(
    withRelations({ counts: [], rows: new Map() }, [planted]),
    trainingOf(model.model, window.from, window.to),
  );
  if ('refusal' in trained) throw new GateError('no_data', describeDays(days).baseline);
  const article: ArticleDrift = await articleDrift(trained.model, relation, {
    from: days.gateFrom,
    key,
    envelope: envelopeOf(planted),
    signal,
    onProgress: (done, of) => onProgress('drift', done, of),
  });
  const coverage = driftCoverage(model.model, floors, childKey(key, 'coverage'));
  return {
    ...article,
    relation: group === undefined ? null : describeGroup(group),
    noise: roundNoise(relation.noise),
    variants: driftVariants((days.calibrationFrom - days.from) / 3600, relation.noise, floors, key),
    coverage,
    writtenSetpoint: setPoints(coverage),
    persistent: persistentDrift(model.model, days.to),
  };
}

/** Every set point that has a chart must be found drifting, and one at least must have one. */
function setPoints(coverage: DriftResult['coverage']): DriftResult['writtenSetpoint'] {
  const written = coverage.find(({ feature }) => feature === 'writtenValue');
  if (written === undefined || written.series === 0) return 'not-covered';
  return written.charted > 0 && written.covered === written.charted ? 'pass' : 'fail';
}

function envelopeOf({ rows }: SubPlant): { readonly least: number; readonly most: number } {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const stretches of rows.values())
    for (const stretch of stretches)
      for (const { origBytes = ARTICLE.from } of stretch) {
        least = Math.min(least, origBytes);
        most = Math.max(most, origBytes);
      }
  return { least, most };
}

function roundNoise({ sigma, wander, correlationHours }: Noise): Noise {
  const round = (value: number) => Math.round(value * 100) / 100;
  return { sigma: round(sigma), wander: round(wander), correlationHours: round(correlationHours) };
}

/** Against the model itself: these attacks need no held-out days. */
function evasionPart(options: GateOptions, { to }: DealtDays, key: Key): readonly EvasionResult[] {
  const { model, floors, onProgress } = options;
  // The next Monday: attacks that take place by day do so on a working day.
  const day = nextMonday(to);
  const total = EVASIONS.length + 2;
  const results = EVASIONS.flatMap((attack, i): readonly EvasionResult[] => {
    const { name, atlas, what, unit } = attack;
    const scene: Scene = { model: model.model, day, key: childKey(key, name) };
    const attempt = attack.attempt(scene);
    onProgress('evasion', i + 1, total);
    if (attempt === undefined) return [];
    const { goal, unseen, firstDetectionSeconds, detectors } = judge(model.model, attempt);
    const floor = attack.floor === 'strangers' ? floors.unseen_by_strangers : null;
    const passed = floor === null || unseen <= floor;
    return [{ name, atlas, what, unit, goal, unseen, firstDetectionSeconds, detectors, floor, passed }];
  });
  const scene: Scene = { model: model.model, day, key: childKey(key, 'white box') };
  const searched = (
    [
      ['stranger-to-writing', floors.unseen_by_strangers],
      ['writer', floors.unseen_by_writers],
    ] as const
  ).flatMap(([position, floor], i) => {
    onProgress('evasion', EVASIONS.length + i + 1, total);
    return whiteBox(scene, floors.write_goal, position, floor) ?? [];
  });
  return [...results, ...searched];
}

const MONDAY = 4;
function nextMonday(seconds: number): number {
  const day = Math.ceil(seconds / 86_400);
  // The epoch was a Thursday.
  return (day + ((((MONDAY - (day % 7)) % 7) + 7) % 7)) * 86_400;
}

/** One device with everything that talks to it: small enough to be learnt anew for each poison. */
async function readDevice({ model, data, seed }: GateOptions): Promise<SubPlant | undefined> {
  const device = readers(model.model)[0]?.destination;
  if (device === undefined) return undefined;
  const { from, to } = windowOf(model.model);
  return readSubPlant(data.baseline(from, to), new Set([device]), seed);
}

async function poisoningPart(
  { model, inventory, signal, onProgress }: GateOptions,
  plant: SubPlant | undefined,
  polled: PolledRelation,
  key: Key,
): Promise<readonly PoisoningResult[]> {
  if (plant === undefined) return [];
  const { from, to } = windowOf(model.model);
  return poisonings({
    model: model.model,
    plant,
    training: trainingOf(model.model, from, to),
    key,
    inventory: expectedPartners(inventory) ?? hostsOf(plant),
    polled,
    signal,
    onProgress: (done, of) => onProgress('poisoning', done, of),
  });
}

function windowOf({ options }: Model): { readonly from: number; readonly to: number } {
  return { from: Date.parse(options.from) / 1000, to: Date.parse(options.to) / 1000 };
}

/** What an inventory would hold that a site without one could still write: the hosts that are there. */
function hostsOf({ counts }: SubPlant) {
  const hosts = new Set(counts.flatMap(({ record }) => [record.source, record.destination]));
  return { isListed: (address: string) => hosts.has(address), isExpected: () => undefined };
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new GateError('interrupted');
}
