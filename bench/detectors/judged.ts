import { groupsOf } from '../../src/anomaly/group.js';
import type { OtRecord } from '../../src/features/otRecord.js';
import { ALERT_LINE, type Model } from '../../src/model/artifact.js';
import type { Part } from '../../src/model/detectors/detector.js';
import { Scorer, type Verdict } from '../../src/model/scorer.js';
import { pastArrival } from '../../src/scoring/pastArrival.js';
import { type Arrival, ScoringStage } from '../../src/scoring/scoringStage.js';
import type { SimulatedRow } from '../../src/simulator/index.js';
import { ALLOW_LIST, allowList, type Subset } from './subsets.js';

/** A row of which at least one part lies below the line. */
export interface Found {
  readonly record: OtRecord;
  readonly parts: readonly Part[];
}

export interface Judged {
  readonly records: number;
  readonly found: readonly Found[];
}

/** Rows a page, as the scorer reads them. */
const PAGE = 2_000;

/** Takes rows through the scorer's own stage. */
export function judge(model: Model, rows: readonly SimulatedRow[]): Judged {
  const allowed = allowList(model);
  const found: Found[] = [];
  let records = 0;
  const stage = new ScoringStage(new Scorer(model), 0, undefined, ({ record }, { parts }) => {
    records += 1;
    const below = parts.filter(({ score }) => score < ALERT_LINE);
    if (!allowed(record)) below.push({ detector: ALLOW_LIST, score: -0.5, evidence: [] });
    if (below.length > 0) found.push({ record, parts: below });
  });
  const silences = (findings: ReturnType<ScoringStage['push']>) => {
    for (const { observation, verdict } of findings) {
      const parts = verdict.parts.filter(({ detector }) => detector === 'silence');
      if (parts.length > 0) found.push({ record: observation.record, parts });
    }
  };
  for (let i = 0; i < rows.length; i += PAGE) silences(stage.push(rows.slice(i, i + PAGE).map(arrivalOf)));
  silences(stage.flush());
  return { records, found };
}

function arrivalOf({ log, row }: SimulatedRow, n: number): Arrival {
  return {
    index: 'simulated',
    id: `${n}`,
    ingested: pastArrival(Number(row['ts'])),
    document: undefined,
    row: { log, sensor: undefined, columns: row },
  };
}

/** Rows below the line by a subset's parts, and what an analyst would see of them: groups, by shift (its number → alerts). */
export function tellings({ found }: Judged, subset: Subset) {
  const groups = new Map<string, number>();
  let rows = 0;
  for (const { record, parts } of found) {
    const own = parts.filter(({ detector }) => subset.has(detector));
    if (own.length === 0) continue;
    rows += 1;
    for (const { group } of groupsOf(record, verdictOf(own), () => false))
      groups.set(`${group.shift}|${group.key}`, group.shift);
  }
  const byShift = new Map<number, number>();
  for (const shift of groups.values()) byShift.set(shift, (byShift.get(shift) ?? 0) + 1);
  return { rows, alerts: groups.size, byShift };
}

export const verdictOf = (parts: readonly Part[]): Verdict => ({
  score: -0.5,
  parts,
  alertLine: ALERT_LINE,
  anomalous: true,
});

/** Alerts a shift: the mean, the 95th percentile and the most, of shifts without any too. */
export function perShift(byShift: ReadonlyMap<number, number>, shifts: number) {
  const none = new Array<number>(Math.max(0, shifts - byShift.size)).fill(0);
  const ascending = [...none, ...byShift.values()].sort((a, b) => a - b);
  const at = (q: number) => ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? 0;
  return {
    mean: ascending.reduce((sum, n) => sum + n, 0) / Math.max(1, ascending.length),
    p95: at(0.95),
    most: at(1),
  };
}
