import type { OtRecord } from '../../features/otRecord.js';
import { STRUCTURE_LEVELS, type StructureLevel, structureKeys } from '../../features/relation.js';

/** How often one relation and function code occurred in one hour of the window: exact, from an aggregation. */
export interface HourCount {
  readonly record: OtRecord;
  /** hours since the epoch, UTC */
  readonly hour: number;
  readonly rows: number;
  /** how many of them held an exception */
  readonly exceptions: number;
  /** how many of them are no response */
  readonly requests: number;
}

/** A part of the structure and the days of the window on which it was seen: 0 is the first, ascending. */
export interface SeenSpan {
  readonly key: string;
  readonly days: readonly number[];
}

const HOURS_PER_DAY = 24;

/**
 * Adds exact counts up to the days on which each part of the structure was seen.
 * Memory grows with distinct relations and function codes, one bit a day each, not with rows.
 */
export class StructureCounts {
  readonly #days = new Map<StructureLevel, Map<string, bigint>>(
    STRUCTURE_LEVELS.map((level) => [level, new Map()]),
  );
  readonly #rowsByLog = new Map<string, number>();
  readonly #hours = new Set<number>();
  readonly #firstDay: number;

  /** @param from seconds since the epoch, the window's start */
  constructor(from: number) {
    this.#firstDay = Math.floor(from / 86_400);
  }

  add({ record, hour, rows }: Pick<HourCount, 'record' | 'hour' | 'rows'>): void {
    const bit = 1n << BigInt(Math.max(0, Math.floor(hour / HOURS_PER_DAY) - this.#firstDay));
    for (const level of STRUCTURE_LEVELS) {
      if (level === 'unit' && record.unit === '-') continue;
      if (level === 'functionCode' && record.functionCode === '-') continue;
      const days = this.#days.get(level);
      const key = structureKeys[level](record);
      days?.set(key, (days.get(key) ?? 0n) | bit);
    }
    this.#rowsByLog.set(record.log, (this.#rowsByLog.get(record.log) ?? 0) + rows);
    this.#hours.add(hour);
  }

  rowsByLog(): ReadonlyMap<string, number> {
    return this.#rowsByLog;
  }

  /** Hours since the epoch with at least one row, ascending. */
  hours(): readonly number[] {
    return [...this.#hours].sort((a, b) => a - b);
  }

  /** Key → when it was seen, in the key's order: what a person reads before they approve a training. */
  spans(level: StructureLevel): readonly SeenSpan[] {
    const sorted = [...(this.#days.get(level) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([key, bits]) => ({ key, days: daysOf(bits) }));
  }

  /** Key → days on which it was seen, in the key's order. */
  daysSeen(level: StructureLevel): Record<string, number> {
    const sorted = [...(this.#days.get(level) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([key, bits]) => [key, ones(bits)]));
  }
}

function daysOf(bits: bigint): readonly number[] {
  const days: number[] = [];
  for (let day = 0, b = bits; b > 0n; day++, b >>= 1n) if ((b & 1n) === 1n) days.push(day);
  return days;
}

function ones(bits: bigint): number {
  let n = 0;
  for (let b = bits; b > 0n; b &= b - 1n) n += 1;
  return n;
}
