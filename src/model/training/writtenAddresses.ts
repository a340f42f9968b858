import { requestKey, whereKey } from '../../features/relation.js';
import { isWriteRequest } from '../writeRate.js';
import { FOLDS } from './heldOut.js';
import type { Group } from './train.js';

/** Parts of equal length into which a window is cut. */
export interface Parts {
  readonly seconds: number;
  /** seconds since the epoch, at which one of them begins */
  readonly begin: number;
}

/** An address that requests of one group were about, and a part of the window in which they were. */
export interface AddressSeen {
  readonly address: number;
  readonly quantity: number | undefined;
  /** parts since `Parts.begin` */
  readonly part: number;
}

/** @param ts seconds since the epoch; @returns its part, counted from `begin` */
export function partOfWindow(ts: number, { seconds, begin }: Parts): number {
  return Math.floor((ts - begin) / seconds);
}

const DAY = 86_400;
/** Who wrote on fewer days doesn't tell what it may write to. */
const DAYS_AT_LEAST = 5;
/**
 * An address that was written to on one or two days only says that there are others which so many days do not show: then the
 * whole set of that writer and function is no set to hold anything against.
 */
const DAYS_OF_EACH_AT_LEAST = 3;
/** Beyond that many addresses nothing is kept: a write is judged by its structure, as one of a log without addresses is. */
const ADDRESSES_AT_MOST = 256;
/** Addresses of so many groups are asked for at once. */
const AT_ONCE = 4;

/**
 * Finds to what each writer writes, where that is a settled set: each address with its quantity on three days or more. Of a window of
 * hours, which trains no model for production, its fifths stand for days.
 *
 * @param window seconds since the epoch
 * @param addressesOf see `BaselineSource.addresses`; asked only of what writes
 * @returns `requestKey` → `whereKey`s, ascending; what has no settled set is left out
 */
export async function writtenAddresses(
  groups: readonly Group[],
  { from, to }: { readonly from: number; readonly to: number },
  daysWithData: number,
  addressesOf: (group: Group, parts: Parts) => AsyncIterable<AddressSeen>,
): Promise<Record<string, string[]>> {
  const parts =
    daysWithData > 1
      ? { seconds: DAY, begin: 0 }
      : { seconds: Math.max(1, Math.ceil((to - from) / FOLDS)), begin: from };
  const writers = groups.filter(({ example }) => isWriteRequest({ ...example, kind: 'request' }));
  const written = new Map<string, Written>();
  for (let i = 0; i < writers.length; i += AT_ONCE) {
    const read = await Promise.all(
      writers.slice(i, i + AT_ONCE).map(async (group) => readWritten(addressesOf(group, parts))),
    );
    for (const [j, own] of read.entries()) {
      const example = writers[i + j]?.example;
      if (example === undefined) continue;
      const key = requestKey(example);
      written.set(key, written.has(key) ? both(written.get(key), own) : own);
    }
  }
  return Object.fromEntries(
    [...written]
      .flatMap(([key, own]) => (isSettled(own) ? [[key, [...own.keys()].sort()] as const] : []))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** `whereKey` → the parts of the window in which it was written to; undefined in place of more than are kept. */
type Written = ReadonlyMap<string, ReadonlySet<number>> | undefined;

async function readWritten(seen: AsyncIterable<AddressSeen>): Promise<Written> {
  const written = new Map<string, Set<number>>();
  for await (const one of seen) {
    const key = whereKey(one);
    const parts = written.get(key);
    if (parts !== undefined) parts.add(one.part);
    else if (written.size < ADDRESSES_AT_MOST) written.set(key, new Set([one.part]));
    else return undefined;
  }
  return written;
}

/** What two groups of one writer and function, of two sensors for one, wrote to. */
function both(a: Written, b: Written): Written {
  if (a === undefined || b === undefined) return undefined;
  const merged = new Map(
    [...a, ...b].map(([key]) => [key, new Set([...(a.get(key) ?? []), ...(b.get(key) ?? [])])]),
  );
  return merged.size > ADDRESSES_AT_MOST ? undefined : merged;
}

function isSettled(written: Written): written is NonNullable<Written> {
  if (written === undefined || written.size === 0) return false;
  const parts = [...written.values()];
  return (
    new Set(parts.flatMap((own) => [...own])).size >= DAYS_AT_LEAST &&
    parts.every(({ size }) => size >= DAYS_OF_EACH_AT_LEAST)
  );
}
