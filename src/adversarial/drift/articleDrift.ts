import { ALERT_LINE, type Model } from '../../model/artifact.js';
import { AT_REST, advance, statistic } from '../../model/drift/cusum.js';
import type { DriftReference } from '../../model/drift/reference.js';
import { Scorer } from '../../model/scorer.js';
import { type Arrival, type Finding, ScoringStage } from '../../scoring/scoringStage.js';
import { childKey, type Key } from '../../simulator/random.js';
import { arrivalOf, withSilenceOf } from '../drive.js';
import { relationOf } from '../group.js';
import { ARTICLE, DRIFT_HOURS, dayOf } from './article.js';
import { type PolledRelation, polls } from './polls.js';

const POLLS_A_PAGE = 2_000;

/** What became of the article's polls, scored one by one through the scorer's own stage. */
export interface ArticleDrift {
  /** share of all 1,209,600 polls that were flagged, and weren't in the twin without drift */
  readonly strictRate: number;
  /** the same share of the polls whose bytes the baseline never had */
  readonly envelopeRate: number;
  /** share that would be flagged if the drift chart didn't latch */
  readonly unlatchedRate: number;
  /** 1 is the first; null: never */
  readonly firstDetectionDay: number | null;
  readonly firstDetectionHours: number | null;
  readonly polls: number;
  /** the run of the same seed without drift */
  readonly twin: { readonly latched: boolean; readonly flaggedRate: number };
  /** detector → share of the polls that it flagged */
  readonly byDetector: Readonly<Record<string, number>>;
}

export interface ArticleDriftOptions {
  /** seconds since the epoch */
  readonly from: number;
  readonly key: Key;
  /** bytes beyond which the baseline had none, both ends included */
  readonly envelope: { readonly least: number; readonly most: number };
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, of: number) => void;
}

/** Runs the article's test, and its twin: the same noise, no drift. */
export async function articleDrift(
  model: Model,
  relation: PolledRelation,
  options: ArticleDriftOptions,
): Promise<ArticleDrift> {
  const { pollsAnHour } = relation;
  const count = DRIFT_HOURS * pollsAnHour;
  const total = 2 * count;
  const slope = (ARTICLE.to - ARTICLE.from) / DRIFT_HOURS;
  const drifted = await run(
    model,
    relation,
    options,
    count,
    (hour) => slope * hour,
    (done) => options.onProgress(done, total),
  );
  const still = await run(
    model,
    relation,
    options,
    count,
    () => 0,
    (done) => options.onProgress(count + done, total),
  );
  let strict = 0;
  let outside = 0;
  let found = 0;
  let unlatched = 0;
  let first: number | null = null;
  const over = hoursOverLimit(
    drifted.bytes,
    pollsAnHour,
    model.baseline.drift[`origBytes|${relationOf(relation.group)}`],
  );
  for (let i = 0; i < count; i++) {
    const flagged = (drifted.flagged[i] as number) > 0 && still.flagged[i] === 0;
    if (flagged) strict += 1;
    if (flagged && first === null) first = i;
    if (drifted.flagged[i] === BY_OTHERS || over.has(Math.floor(i / pollsAnHour))) unlatched += 1;
    if (
      (drifted.bytes[i] as number) >= options.envelope.least &&
      (drifted.bytes[i] as number) <= options.envelope.most
    )
      continue;
    outside += 1;
    if (flagged) found += 1;
  }
  const hours = first === null ? null : first / pollsAnHour;
  return {
    strictRate: strict / count,
    envelopeRate: outside === 0 ? 0 : found / outside,
    unlatchedRate: unlatched / count,
    firstDetectionDay: hours === null ? null : dayOf(hours),
    firstDetectionHours: hours === null ? null : Math.round(hours * 100) / 100,
    polls: count,
    twin: { latched: still.latched, flaggedRate: share(still.flagged) },
    byDetector: Object.fromEntries([...drifted.byDetector].sort().map(([name, n]) => [name, n / count])),
  };
}

/** 0: not flagged; by the drift chart alone; by something else too. */
const BY_CHART = 1;
const BY_OTHERS = 2;

async function run(
  model: Model,
  relation: PolledRelation,
  { from, key, signal }: ArticleDriftOptions,
  count: number,
  drift: (hour: number) => number,
  onProgress: (done: number) => void,
) {
  const flagged = new Uint8Array(count);
  const bytes = new Float64Array(count);
  const byDetector = new Map<string, number>();
  let latched = false;
  const take = (findings: readonly Finding[]) => {
    for (const { arrival, verdict } of findings) {
      for (const { detector, score } of verdict.parts) {
        if (score >= ALERT_LINE) continue;
        const i = Number(arrival.id);
        byDetector.set(detector, (byDetector.get(detector) ?? 0) + 1);
        if (detector === 'drift') latched = true;
        flagged[i] = Math.max(flagged[i] as number, detector === 'drift' ? BY_CHART : BY_OTHERS);
      }
    }
  };
  const rows = polls(relation, { from, count, key: childKey(key, 'article'), drift });
  let stage: ScoringStage | undefined;
  for (let done = 0; done < count; ) {
    const page: Arrival[] = [];
    for (let next = rows.next(); next.done !== true; next = rows.next()) {
      bytes[done] = Number(next.value.columns['orig_bytes']);
      page.push(arrivalOf(next.value, done));
      done += 1;
      if (page.length === POLLS_A_PAGE) break;
    }
    stage ??= new ScoringStage(
      new Scorer(
        withSilenceOf(
          model,
          page.flatMap(({ row }) => row ?? []),
        ),
      ),
      0,
    );
    take(stage.push(page));
    onProgress(done);
    if (page.length === 0 || signal.aborted) break;
    await new Promise((resume) => setImmediate(resume)); // lets a signal through
  }
  if (stage !== undefined) take(stage.flush());
  return { flagged, bytes, byDetector, latched };
}

/** Hours that follow one whose CUSUM was over its limit, latch or not. */
function hoursOverLimit(
  bytes: Float64Array,
  pollsAnHour: number,
  reference: DriftReference | undefined,
): ReadonlySet<number> {
  const over = new Set<number>();
  if (reference === undefined) return over;
  let cusum = AT_REST;
  for (let hour = 0; (hour + 1) * pollsAnHour <= bytes.length; hour++) {
    let sum = 0;
    for (let i = hour * pollsAnHour; i < (hour + 1) * pollsAnHour; i++) sum += bytes[i] as number;
    const z = (sum / pollsAnHour - reference.mean) / reference.sd;
    cusum = advance(cusum, z, Number.POSITIVE_INFINITY);
    if (statistic(cusum) >= reference.limit) over.add(hour + 1);
  }
  return over;
}

function share(flagged: Uint8Array): number {
  let n = 0;
  for (const one of flagged) if (one > 0) n += 1;
  return n / Math.max(1, flagged.length);
}
