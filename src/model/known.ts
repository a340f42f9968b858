import { askedFunction } from '../features/askedFunction.js';
import { BYTES_AXIS, binOf, INTERVAL_AXIS, middleOf, RATIO_AXIS } from '../features/bins.js';
import type { Sequence } from '../features/intervalTracker.js';
import type { OtRecord } from '../features/otRecord.js';
import {
  relationKey,
  STRUCTURE_LEVELS,
  type StructureLevel,
  sequenceKey,
  structureKeys,
} from '../features/relation.js';
import type { Baseline, StoredHistogram } from './artifact.js';
import { firstExceptions } from './firstExceptions.js';
import type { Firsts } from './firsts.js';
import { Histogram } from './histogram.js';
import { Places } from './places.js';
import { poolKey } from './pool.js';
import { tellsRhythm } from './rhythm.js';
import { payloadOf, type Sample } from './series.js';

/** How unusual a measured value is: −log10 p, with the value it is held against. */
export interface Surprise {
  readonly surprisal: number;
  /** the same; Infinity where neither the value nor one near it was ever seen */
  readonly rarity: number;
  /** beyond the cut-off that its own key keeps on held-out days: counts as never seen */
  readonly rare: boolean;
  /** the median of the baseline (s, bytes; of bytes the middle of its bin) */
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
  rarity: 0,
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

/** A histogram ready to be asked, and what its answers are held against. */
export interface Held {
  readonly key: string;
  readonly histogram: Histogram;
  readonly cutOff: number | null;
}

/** … by `surprise`, which remembers its newest answer: regular traffic falls into the same bin again and again. */
interface Asked extends Held {
  /** see `Surprise` */
  readonly median: number;
  newest: { readonly bin: number; readonly surprise: Surprise } | undefined;
}

/** The interval histogram that speaks for a sequence. */
interface HeldIntervals extends Asked {
  /** seconds; see `tellsRhythm` */
  readonly cycle: number;
  readonly isPooled: boolean;
}

/** Answers what the baseline knows of a record. What a record's place decides is looked up once a place. */
export class Known {
  readonly baseline: Baseline;
  readonly #isKnown: (record: OtRecord) => boolean;
  readonly #places = new Places((record) => this.#isKnown(record));
  readonly #histograms = new Map<string, Histogram>();
  #peers: ReadonlyMap<string, number> | undefined;
  #firstExceptions: Firsts | undefined;
  readonly #siblings = new Map<StructureLevel, ReadonlyMap<string, readonly string[]>>();

  /** @param isKnown whose places are remembered beside those of strangers; of all where none are to come */
  constructor(baseline: Baseline, isKnown: (record: OtRecord) => boolean = () => true) {
    this.baseline = baseline;
    this.#isKnown = isKnown;
  }

  /** Whether the baseline has the sequence (features/relation.ts) of this key. */
  hasSequence(key: string): boolean {
    return Object.hasOwn(this.baseline.intervals, key);
  }

  /** A record's sequence, and whether the baseline has it. */
  readonly sequenceOf = this.once((record: OtRecord): Sequence => {
    const key = sequenceKey(record);
    return { key, isKnown: this.hasSequence(key) };
  });

  /** See `Places.once`: for what a detector derives of a record's place. */
  once<T>(derive: (record: OtRecord) => T): (record: OtRecord) => T {
    return this.#places.once(derive);
  }

  /**
   * @returns UTC days of the baseline on which this part of the record was seen; undefined when the record's
   *   log carries no such part, or the log itself was absent from the baseline (so nothing can be said)
   */
  daysSeen(level: StructureLevel, record: OtRecord): number | undefined {
    return this.#days(record)[level];
  }

  readonly #days = this.once(
    (record) =>
      Object.fromEntries(STRUCTURE_LEVELS.map((level) => [level, this.#daysOf(level, record)])) as Record<
        StructureLevel,
        number | undefined
      >,
  );

  #daysOf(level: StructureLevel, record: OtRecord): number | undefined {
    if (level === 'unit' && record.unit === '-') return undefined;
    if (level === 'functionCode' && record.functionCode === '-') return undefined;
    if ((level === 'unit' || level === 'functionCode') && this.baseline.logs[record.log] === undefined)
      return undefined;
    const days = own(this.baseline.structure[level], structureKeys[level](record)) ?? 0;
    return days === 0 && level === 'functionCode' ? this.#daysOfRefused(record) : days;
  }

  /** An exception is a device's word, not a function that somebody uses: where it comes now and then, no first one is news. */
  #daysOfRefused(record: OtRecord): number {
    const asked = { ...record, functionCode: askedFunction(record.functionCode) };
    if (asked.functionCode === record.functionCode) return 0;
    this.#firstExceptions ??= firstExceptions(this.baseline.exceptions);
    if (!this.#firstExceptions.areUsual(record.source)) return 0;
    return own(this.baseline.structure.functionCode, structureKeys.functionCode(asked)) ?? 0;
  }

  /** @returns what the baseline saw beside this part of the record: its siblings, for explanations */
  siblings(level: StructureLevel, record: OtRecord): readonly string[] {
    let index = this.#siblings.get(level);
    if (index === undefined) {
      index = siblingIndex(Object.keys(this.baseline.structure[level]).sort(), OWN_PARTS[level]);
      this.#siblings.set(level, index);
    }
    return index.get(split(structureKeys[level](record), OWN_PARTS[level])[0]) ?? [];
  }

  /** @param interval seconds, or undefined where the record has none */
  interval(record: OtRecord, interval: number | undefined): Surprise {
    if (interval === undefined) return NOT_JUDGED;
    const held = this.#heldIntervals(record);
    if (held === undefined || !tellsRhythm(interval, held.cycle)) return NOT_JUDGED;
    return surprise(held, intervalBin(held, interval));
  }

  readonly #heldIntervals = this.once((record): HeldIntervals | undefined => {
    const sequence = this.#sequence(record);
    if (sequence === undefined) return undefined;
    const { cycle, median } = sequence;
    switch (sequence.sight) {
      case 'own':
        return { ...this.#held(`interval|${sequenceKey(record)}`, sequence), cycle, median, isPooled: false };
      case 'pooled': {
        const pool = poolKey(record);
        const pooled = own(this.baseline.pooledIntervals, pool);
        if (pooled === undefined || median === 0) return undefined;
        return { ...this.#held(`pool|${pool}`, pooled), cycle, median, isPooled: true };
      }
      case 'aperiodic':
      case 'too-few-rows':
      case 'too-few-days':
        return undefined;
    }
  });

  readonly #sequence = this.once((record) => own(this.baseline.intervals, sequenceKey(record)));

  bytes(record: OtRecord, side: 'orig' | 'resp'): Surprise {
    const { origBytes, respBytes } = payloadOf(record);
    const value = side === 'orig' ? origBytes : respBytes;
    if (value === undefined) return NOT_JUDGED;
    const held = this.#heldBytes(record)?.[side];
    return held === undefined ? NOT_JUDGED : surprise(held, binOf(value, BYTES_AXIS));
  }

  readonly #heldBytes = this.once((record) => {
    const key = relationKey(record);
    const stored = own(this.baseline.bytes, key);
    if (stored === undefined) return undefined;
    const ofSide = (side: 'orig' | 'resp'): Asked => {
      const held = this.#held(`${side}|${key}`, stored[side]);
      return { ...held, median: Math.round(middleOf(held.histogram.medianBin, BYTES_AXIS)) };
    };
    return { orig: ofSide('orig'), resp: ofSide('resp') };
  });

  /** @returns the median of the baseline that a sample is held against (s, bytes); undefined where there is none */
  usualOf({ feature }: Sample, record: OtRecord): number | undefined {
    if (feature === 'interval') return this.#heldIntervals(record)?.median;
    if (feature === 'value') return undefined;
    return this.#heldBytes(record)?.[feature === 'origBytes' ? 'orig' : 'resp'].median;
  }

  /** @returns −log10 p of a sample; undefined where nothing can be held against it */
  surprisalOf(sample: Sample, record: OtRecord): number | undefined {
    const bin = this.binOf(sample, record);
    return bin?.held.histogram.surprisal(bin.bin);
  }

  /** @returns the histogram that a sample is held against, and the sample's bin in it */
  binOf(
    { feature, value }: Sample,
    record: OtRecord,
  ): { readonly held: Held; readonly bin: number } | undefined {
    if (feature === 'value') return undefined;
    if (feature !== 'interval') {
      const held = this.#heldBytes(record)?.[feature === 'origBytes' ? 'orig' : 'resp'];
      return held === undefined ? undefined : { held, bin: binOf(value, BYTES_AXIS) };
    }
    const held = this.#heldIntervals(record);
    return held === undefined || !tellsRhythm(value, held.cycle)
      ? undefined
      : { held, bin: intervalBin(held, value) };
  }

  /** Whether the record's sequence keeps a rhythm that held-out days confirm; what people do at a keyboard has none. */
  readonly hasRhythm = this.once((record: OtRecord): boolean => {
    const cutOff = this.#heldIntervals(record)?.cutOff ?? null;
    return cutOff !== null || (this.#sequence(record)?.runCutOff ?? null) !== null;
  });

  /** Whether the pool of its function code speaks for the record's sequence. */
  readonly isPooled = this.once((record: OtRecord): boolean => this.#sequence(record)?.sight === 'pooled');

  /** Whether an interval (s) of the record's sequence speaks about its rhythm at all. */
  tellsRhythm(record: OtRecord, interval: number): boolean {
    const sequence = this.#sequence(record);
    return sequence !== undefined && tellsRhythm(interval, sequence.cycle);
  }

  readonly peersOf = this.once((record: OtRecord): PeerCounts => {
    this.#peers ??= countPeers(Object.keys(this.baseline.structure.pair));
    return {
      destinations: this.#peers.get(`>${record.source}`) ?? 0,
      sources: this.#peers.get(`<${record.destination}`) ?? 0,
    };
  });

  #held(key: string, stored: Omit<StoredHistogram, 'n'>): Omit<Asked, 'median'> {
    let histogram = this.#histograms.get(key);
    if (histogram === undefined) {
      histogram = new Histogram(stored.bins);
      this.#histograms.set(key, histogram);
    }
    return { key, histogram, cutOff: stored.rarityCutOff, newest: undefined };
  }
}

/** @returns whether a record is of a source, destination and port that the baseline saw together */
export function knowsRelation({ structure }: Baseline): (record: OtRecord) => boolean {
  return (record) => Object.hasOwn(structure.port, structureKeys.port(record));
}

function intervalBin({ isPooled, median }: HeldIntervals, interval: number): number {
  return isPooled ? binOf(interval / median, RATIO_AXIS) : binOf(interval, INTERVAL_AXIS);
}

function surprise(asked: Asked, bin: number): Surprise {
  if (asked.newest?.bin === bin) return asked.newest.surprise;
  const { histogram, cutOff, median } = asked;
  const surprisal = histogram.surprisal(bin);
  const surprise: Surprise = {
    surprisal,
    rarity: histogram.rarity(bin),
    rare: cutOff !== null && surprisal >= cutOff,
    usual: median,
    rows: histogram.n,
    judged: true,
    cutOff,
    binsOff: histogram.binsOff(bin),
  };
  asked.newest = { bin, surprise };
  return surprise;
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

/** Keys come from the network: `__proto__` and `constructor` must not find what every object inherits. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
