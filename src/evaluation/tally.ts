import { type Group, type GroupedParts, groupsOf } from '../anomaly/group.js';
import { describeRelation } from '../features/relation.js';
import { isoOf } from '../isoTime.js';
import type { Observation } from '../model/detectors/detector.js';
import type { Verdict } from '../model/scorer.js';
import type { Finding } from '../scoring/scoringStage.js';
import type { Labels } from './labels.js';

/** An alert whose rows bear no label. */
export interface FalseAlarm {
  /** ISO 8601, of its first row */
  readonly at: string;
  readonly score: number;
  readonly records: number;
  readonly kind: Group['kind'];
  readonly relation: string;
  readonly reason: string;
}

export interface Detection {
  /** ISO 8601, of the first row that was found, or at which a silence was told */
  readonly at: string;
  /** after the label's first row; where no test row bears it (a silence), after its `from`; null where it has none */
  readonly seconds: number | null;
}

export interface Tallied {
  readonly records: number;
  /** rows below the alert line, before grouping */
  readonly alerts: number;
  readonly alertRate: number;
  /** alerts that an analyst would see */
  readonly groups: number;
  /** by label: share of its rows that were found; null where no row bears it */
  readonly recall: Readonly<Record<string, number | null>>;
  /** by label: its found rows against them and all found rows without any label; null where none was found */
  readonly precision: Readonly<Record<string, number | null>>;
  readonly firstDetection: Readonly<Record<string, Detection | null>>;
  readonly labelledRecords: Readonly<Record<string, number>>;
  readonly scores: { readonly min: number; readonly p001: number; readonly median: number } | null;
  readonly firstAlert: string | null;
  readonly worstFalseAlarms: readonly FalseAlarm[];
}

const FALSE_ALARMS_NAMED = 10;

interface OfLabel {
  records: number;
  found: number;
  firstRecord: number;
  firstFound: number;
}

interface OfGroup {
  records: number;
  labelled: number;
  readonly group: Group;
  lowest: Finding;
  first: number;
}

/**
 * Counts what became of each test row. A row is found when its own verdict is an anomaly; what its group made of it
 * (one alert, further signs, a count) changes nothing here.
 */
export class Tally {
  readonly #labels: Labels;
  readonly #isListed: (address: string) => boolean;
  readonly #byLabel: ReadonlyMap<string, OfLabel>;
  readonly #byGroup = new Map<string, OfGroup>();
  readonly #scores: number[] = [];
  readonly #found = new Set<string>();
  #alerts = 0;
  #unlabelledAlerts = 0;

  constructor(labels: Labels, isListed: (address: string) => boolean) {
    this.#labels = labels;
    this.#isListed = isListed;
    this.#byLabel = new Map(
      labels.names.map((name) => [
        name,
        { records: 0, found: 0, firstRecord: Number.POSITIVE_INFINITY, firstFound: Number.POSITIVE_INFINITY },
      ]),
    );
  }

  /** Counts a row in its place in the stream. */
  addJudged({ record }: Observation, { score }: Verdict): void {
    this.#scores.push(score);
    for (const name of this.#labels.of(record)) {
      const label = this.#byLabel.get(name);
      if (label === undefined) continue;
      label.records += 1;
      label.firstRecord = Math.min(label.firstRecord, record.ts);
    }
  }

  /**
   * Counts a finding in its groups, and its row once, however many findings speak of it. A silence is told of no row: it is an
   * alert, and a label that holds then is detected, but none of its rows is found by it.
   */
  addFinding(finding: Finding): void {
    const { record } = finding.observation;
    const names = this.#labels.of(record);
    for (const grouped of groupsOf(record, finding.verdict, this.#isListed))
      this.#addToGroup(finding, grouped, names.length > 0);
    const isSilence = finding.verdict.parts.some(({ detector }) => detector === 'silence');
    if (!isSilence) {
      if (this.#found.has(finding.arrival.id)) return;
      this.#found.add(finding.arrival.id);
    }
    this.#alerts += 1;
    if (names.length === 0) this.#unlabelledAlerts += 1;
    for (const name of names) {
      const label = this.#byLabel.get(name);
      if (label === undefined) continue;
      if (!isSilence) label.found += 1;
      label.firstFound = Math.min(label.firstFound, record.ts);
    }
  }

  #addToGroup(finding: Finding, { group }: GroupedParts, isLabelled: boolean): void {
    const { ts } = finding.observation.record;
    const key = `${group.shift}|${group.key}`;
    const of = this.#byGroup.get(key) ?? { records: 0, labelled: 0, group, lowest: finding, first: ts };
    of.records += 1;
    if (isLabelled) of.labelled += 1;
    if (finding.verdict.score < of.lowest.verdict.score) of.lowest = finding;
    of.first = Math.min(of.first, ts);
    this.#byGroup.set(key, of);
  }

  result(): Tallied {
    const scores = Float64Array.from(this.#scores).sort();
    const records = scores.length;
    const byLabel = <T>(value: (label: OfLabel) => T): Record<string, T> =>
      Object.fromEntries([...this.#byLabel].map(([name, label]) => [name, value(label)]));
    const firsts = [...this.#byGroup.values()].map(({ first }) => first);
    return {
      records,
      alerts: this.#alerts,
      alertRate: records === 0 ? 0 : this.#alerts / records,
      groups: this.#byGroup.size,
      recall: byLabel(({ records: all, found }) => (all === 0 ? null : found / all)),
      precision: byLabel(({ found }) => (found === 0 ? null : found / (found + this.#unlabelledAlerts))),
      firstDetection: Object.fromEntries(
        [...this.#byLabel].map(([name, label]) => [name, this.#detection(name, label)]),
      ),
      labelledRecords: byLabel(({ records: all }) => all),
      scores:
        records === 0
          ? null
          : { min: quantile(scores, 0), p001: quantile(scores, 0.001), median: quantile(scores, 0.5) },
      firstAlert: firsts.length === 0 ? null : isoOf(Math.min(...firsts)),
      worstFalseAlarms: this.#falseAlarms(),
    };
  }

  #detection(name: string, { firstFound, firstRecord }: OfLabel): Detection | null {
    if (!Number.isFinite(firstFound)) return null;
    const begin = Number.isFinite(firstRecord) ? firstRecord : this.#labels.beginOf(name);
    return { at: isoOf(firstFound), seconds: Number.isFinite(begin) ? firstFound - begin : null };
  }

  #falseAlarms(): readonly FalseAlarm[] {
    return [...this.#byGroup.values()]
      .filter(({ labelled }) => labelled === 0)
      .sort(
        (a, b) =>
          a.lowest.verdict.score - b.lowest.verdict.score || b.records - a.records || a.first - b.first,
      )
      .slice(0, FALSE_ALARMS_NAMED)
      .map(({ lowest: { observation, verdict }, records, group, first }) => ({
        at: isoOf(first),
        score: verdict.score,
        records,
        kind: group.kind,
        relation: describeRelation(observation.record),
        reason: [...new Set(verdict.parts.flatMap(({ evidence }) => evidence.map(({ text }) => text)))].join(
          '; ',
        ),
      }));
  }
}

/** @param ascending at least one value */
function quantile(ascending: Float64Array, q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? Number.NaN;
}
