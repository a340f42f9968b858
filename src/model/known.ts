import { BYTES_AXIS, binOf, INTERVAL_AXIS, RATIO_AXIS } from '../features/bins.js';
import type { OtRecord } from '../features/otRecord.js';
import { relationKey, type StructureLevel, sequenceKey, structureKeys } from '../features/relation.js';
import type { Baseline, StoredHistogram } from './artifact.js';
import { Histogram } from './histogram.js';
import { tellsRhythm } from './rhythm.js';
import type { Sample } from './series.js';

/** How unusual a measured value is: −log10 p, with the value it is held against. */
export interface Surprise {
  readonly surprisal: number;
  /** beyond the cut-off that its own key keeps on held-out days: counts as never seen */
  readonly rare: boolean;
  readonly usual: number | undefined;
  readonly rows: number;
  /** false: nothing in the baseline can be held against it; it counts as usual */
  readonly judged: boolean;
  /** the key's own cut-off; null: it never accuses */
  readonly cutOff: number | null;
  /** bins between the value and the nearest one that was ever seen */
  readonly binsOff: number;
}

const NOT_JUDGED: Surprise = {
  surprisal: 0,
  rare: false,
  usual: undefined,
  rows: 0,
  judged: false,
  cutOff: null,
  binsOff: 0,
};

/** Whom an address met in the whole baseline. */
export interface PeerCounts {
  /** destinations that the record's source met */
  readonly destinations: number;
  /** sources that met the record's destination */
  readonly sources: number;
}

/** Answers what the baseline knows of a record. Histograms are built once, when first asked for. */
export class Known {
  readonly baseline: Baseline;
  readonly #histograms = new Map<string, Histogram>();
  #peers: ReadonlyMap<string, number> | undefined;
  readonly #siblings = new Map<StructureLevel, ReadonlyMap<string, readonly string[]>>();

  constructor(baseline: Baseline) {
    this.baseline = baseline;
  }

  /**
   * @returns UTC days of the baseline on which this part of the record was seen; undefined when the record's
   *   log carries no such part, or the log itself was absent from the baseline (so nothing can be said)
   */
  daysSeen(level: StructureLevel, record: OtRecord): number | undefined {
    if (level === 'unit' && record.unit === '-') return undefined;
    if (level === 'functionCode' && record.functionCode === '-') return undefined;
    if ((level === 'unit' || level === 'functionCode') && this.baseline.logs[record.log] === undefined)
      return undefined;
    return own(this.baseline.structure[level], structureKeys[level](record)) ?? 0;
  }

  /** @returns what the baseline saw beside this part of the record: its siblings, for explanations */
  siblings(level: StructureLevel, record: OtRecord): readonly string[] {
    let index = this.#siblings.get(level);
    if (index === undefined) {
      index = siblingIndex(Object.keys(this.baseline.structure[level]), OWN_PARTS[level]);
      this.#siblings.set(level, index);
    }
    return index.get(split(structureKeys[level](record), OWN_PARTS[level])[0]) ?? [];
  }

  /** @param interval seconds, or undefined where the record has none */
  interval(record: OtRecord, interval: number | undefined): Surprise {
    if (interval === undefined) return NOT_JUDGED;
    const key = sequenceKey(record);
    const sequence = own(this.baseline.intervals, key);
    if (sequence === undefined || !tellsRhythm(interval, sequence.cycle)) return NOT_JUDGED;
    switch (sequence.sight) {
      case 'own':
        return this.#surprise(`interval|${key}`, sequence, binOf(interval, INTERVAL_AXIS), sequence.median);
      case 'pooled': {
        const pool = poolKey(record);
        const pooled = own(this.baseline.pooledIntervals, pool);
        if (pooled === undefined || sequence.median === 0) return NOT_JUDGED;
        return this.#surprise(
          `pool|${pool}`,
          pooled,
          binOf(interval / sequence.median, RATIO_AXIS),
          sequence.median,
        );
      }
      case 'aperiodic':
      case 'too-few-rows':
        return NOT_JUDGED;
    }
  }

  bytes(record: OtRecord, side: 'orig' | 'resp'): Surprise {
    const value = side === 'orig' ? record.origBytes : record.respBytes;
    const key = relationKey(record);
    const stored = own(this.baseline.bytes, key)?.[side];
    if (value === undefined || stored === undefined) return NOT_JUDGED;
    return this.#surprise(`${side}|${key}`, stored, binOf(value, BYTES_AXIS), undefined);
  }

  /**
   * @returns −log10 p of a sample; undefined where nothing can be held against it, and for a key whose normal values
   *   keep turning up in new bins (no cut-off held on its own held-out days): its surprise adds up without a cause
   */
  surprisalOf({ feature, value }: Sample, record: OtRecord): number | undefined {
    if (feature === 'value') return undefined;
    const surprise =
      feature === 'interval'
        ? this.interval(record, value)
        : this.bytes(record, feature === 'origBytes' ? 'orig' : 'resp');
    return surprise.cutOff === null ? undefined : surprise.surprisal;
  }

  /** Whether an interval (s) of the record's sequence speaks about its rhythm at all. */
  tellsRhythm(record: OtRecord, interval: number): boolean {
    const sequence = own(this.baseline.intervals, sequenceKey(record));
    return sequence !== undefined && tellsRhythm(interval, sequence.cycle);
  }

  peersOf(record: OtRecord): PeerCounts {
    this.#peers ??= countPeers(Object.keys(this.baseline.structure.pair));
    return {
      destinations: this.#peers.get(`>${record.source}`) ?? 0,
      sources: this.#peers.get(`<${record.destination}`) ?? 0,
    };
  }

  #surprise(
    key: string,
    stored: Omit<StoredHistogram, 'n'>,
    bin: number,
    usual: number | undefined,
  ): Surprise {
    const histogram = this.#histogram(key, stored.bins);
    const surprisal = histogram.surprisal(bin);
    const cutOff = stored.rarityCutOff;
    const rare = cutOff !== null && surprisal >= cutOff;
    return {
      surprisal,
      rare,
      usual,
      rows: histogram.n,
      judged: true,
      cutOff,
      binsOff: histogram.binsOff(bin),
    };
  }

  #histogram(key: string, bins: StoredHistogram['bins']): Histogram {
    let histogram = this.#histograms.get(key);
    if (histogram === undefined) {
      histogram = new Histogram(bins);
      this.#histograms.set(key, histogram);
    }
    return histogram;
  }
}

function countPeers(pairs: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const pair of pairs) {
    const [source, destination] = pair.split('|');
    add(`>${source}`);
    add(`<${destination}`);
  }
  return counts;
}

/** How many trailing parts of a structure key are the level's own; the rest says beside what it stands. */
const OWN_PARTS: Readonly<Record<StructureLevel, number>> = {
  source: 1,
  destination: 1,
  pair: 1,
  port: 2,
  unit: 1,
  functionCode: 1,
};

function siblingIndex(keys: readonly string[], ownParts: number): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const key of keys) {
    const [prefix, value] = split(key, ownParts);
    const siblings = index.get(prefix);
    if (siblings === undefined) index.set(prefix, [value]);
    else siblings.push(value);
  }
  return index;
}

function split(key: string, ownParts: number): [prefix: string, value: string] {
  const parts = key.split('|');
  return [parts.slice(0, -ownParts).join('|'), parts.slice(-ownParts).join('/')];
}

/** Short sequences of one log and function code are pooled by their ratio to their own median. */
export function poolKey(record: OtRecord): string {
  return `${record.log}|${record.functionCode}`;
}

/** Keys come from the network: `__proto__` and `constructor` must not find what every object inherits. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
