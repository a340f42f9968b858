import type { Group } from '../anomaly/group.js';
import type { GroupState } from './ledgerState.js';

/** What to write of a finding: its group's one alert, a further sign of it, or nothing but a count. */
export type Told = 'alert' | 'still-seen' | 'counted';

/** How far a group has come in its shift. */
export interface GroupCount {
  readonly records: number;
  /** distinct sources, exact up to SOURCES_COUNTED and while all groups together have no more than SOURCES_TOLD_APART */
  readonly sources: number;
}

interface State<T> {
  readonly group: Group;
  records: number;
  /** the newest record that was counted only, and no document has told of yet */
  untold: T | undefined;
  /** seconds since the epoch */
  toldAt: number;
  /** seconds since the epoch */
  seenAt: number;
  readonly sources: Set<string>;
  /** distinct sources before a restart that did not keep them all */
  sourcesAtLeast: number;
  /** further documents that may be written at once */
  allowance: number;
  /** seconds since the epoch at which the allowance was last refilled */
  refilledAt: number;
}

/** Further documents a group may write at once: enough to follow a session record by record. */
const BURST = 25;
/** After the burst, one further document in so many seconds. */
const SECONDS_A_DOCUMENT = 60;
const SOURCES_COUNTED = 10_000;
/** Sources of all groups together that are told apart (about 65 MB, by hand); beyond, a group's number of sources stands still. */
const SOURCES_TOLD_APART = 1_000_000;
/** Sources of all groups together that a checkpoint keeps (about 3 MB); of the others it keeps the number. */
const SOURCES_KEPT = 200_000;
/** A group that was quiet for a day is of an earlier shift, and forgotten. */
const FORGET_AFTER_SECONDS = 86_400;

/**
 * Decides what is written of each finding: the first of a group at once, then a bounded number with counts.
 *
 * Losing it would double no alert: the alert's id comes from the group and its shift. A checkpoint keeps it for the
 * counts. Memory is bounded: the group that was quiet longest is forgotten first.
 */
export class GroupLedger<T> {
  readonly #groups = new Map<string, State<T>>();
  readonly #capacity: number;
  readonly #sourcesAtMost: number;
  /** of all groups together */
  #sources = 0;

  constructor(capacity = 50_000, sourcesAtMost = SOURCES_TOLD_APART) {
    this.#capacity = capacity;
    this.#sourcesAtMost = sourcesAtMost;
  }

  /** @param at seconds since the epoch, the clock of the data: a replay decides as the first run did */
  take(
    group: Group,
    source: string,
    at: number,
    record: T,
  ): { readonly told: Told; readonly count: GroupCount } {
    const id = idOf(group);
    const known = this.#groups.get(id);
    const state = known ?? newState<T>(group, at);
    this.#groups.delete(id);
    this.#groups.set(id, state);
    state.seenAt = Math.max(state.seenAt, at);
    this.#forgetOld(at);
    state.records += 1;
    this.#addSource(state, source);
    const told = known === undefined ? 'alert' : this.#spend(state, at);
    state.untold = told === 'counted' ? record : undefined;
    if (told !== 'counted') state.toldAt = at;
    return { told, count: countOf(state) };
  }

  /**
   * The newest record of each group that has been silent about some for as long as its rate demands, so that a
   * flood's counts are told although it has ended. With `all`, of every group that has any untold.
   */
  *due(
    at: number,
    all = false,
  ): Generator<{ readonly group: Group; readonly record: T; readonly count: GroupCount }> {
    for (const state of this.#groups.values()) {
      if (state.untold === undefined || (!all && at - state.toldAt < SECONDS_A_DOCUMENT)) continue;
      yield { group: state.group, record: state.untold, count: countOf(state) };
      state.untold = undefined;
      state.toldAt = at;
    }
  }

  /** The groups, the one that was quiet longest first, and as many of their sources as there is room for. */
  state(): readonly GroupState[] {
    let room = SOURCES_KEPT;
    const kept = [...this.#groups.values()].reverse().map((state) => {
      const sources = state.sources.size <= room ? [...state.sources] : [];
      room -= sources.length;
      const { group, records, toldAt, seenAt, allowance, refilledAt } = state;
      return {
        group,
        records,
        sources,
        sourceCount: countOf(state).sources,
        toldAt,
        seenAt,
        allowance,
        refilledAt,
      };
    });
    return kept.reverse();
  }

  /** The newest record that a group only counted is not kept: what it had untold is told with the next one. */
  restore(groups: readonly GroupState[]): void {
    for (const { sources, sourceCount, ...rest } of groups) {
      const state = { ...rest, untold: undefined, sources: new Set(sources), sourcesAtLeast: sourceCount };
      this.#groups.set(idOf(rest.group), state);
      this.#sources += state.sources.size;
    }
  }

  get size(): number {
    return this.#groups.size;
  }

  #addSource({ sources }: State<T>, source: string): void {
    if (sources.size >= SOURCES_COUNTED || this.#sources >= this.#sourcesAtMost) return;
    this.#sources -= sources.size;
    sources.add(source);
    this.#sources += sources.size;
  }

  #spend(state: State<T>, at: number): Told {
    const earned = Math.floor((at - state.refilledAt) / SECONDS_A_DOCUMENT);
    if (earned > 0) {
      state.allowance = Math.min(BURST, state.allowance + earned);
      state.refilledAt += earned * SECONDS_A_DOCUMENT;
    }
    if (state.allowance === 0) return 'counted';
    state.allowance -= 1;
    return 'still-seen';
  }

  #forgetOld(at: number): void {
    for (const [id, state] of this.#groups) {
      if (this.#groups.size <= this.#capacity && at - state.seenAt < FORGET_AFTER_SECONDS) return;
      this.#sources -= state.sources.size;
      this.#groups.delete(id);
    }
  }
}

function newState<T>(group: Group, at: number): State<T> {
  return {
    group,
    records: 0,
    untold: undefined,
    toldAt: at,
    seenAt: at,
    sources: new Set(),
    sourcesAtLeast: 0,
    allowance: BURST,
    refilledAt: at,
  };
}

function countOf({ records, sources, sourcesAtLeast }: State<unknown>): GroupCount {
  return { records, sources: Math.max(sources.size, sourcesAtLeast) };
}

function idOf(group: Group): string {
  return `${group.shift}|${group.key}`;
}
