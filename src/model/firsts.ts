/** So many in as long a time as the baseline's are not worth asking a person about. */
const FIRSTS_AT_MOST = 1;

/**
 * What some of a source's relations did now and then will be done for the first time by others: of relations that are alike,
 * what a share of them did within the baseline, the same share of the rest does within as long a time again. A first time is
 * news where that is less than one.
 */
export class Firsts {
  readonly #bySource = new Map<string, { alike: number; did: number }>();

  /** @param did whether this one of what is alike did it in the baseline */
  add(source: string, did: boolean): void {
    const counted = this.#bySource.get(source) ?? { alike: 0, did: 0 };
    this.#bySource.set(source, { alike: counted.alike + 1, did: counted.did + (did ? 1 : 0) });
  }

  /** Whether at least one first time is to be expected of what of this source never did it. */
  areUsual(source: string): boolean {
    const { alike, did } = this.#bySource.get(source) ?? { alike: 1, did: 0 };
    return ((alike - did) * did) / alike >= FIRSTS_AT_MOST;
  }

  /** The sources of which that is so. */
  usual(): readonly string[] {
    return [...this.#bySource.keys()].filter((source) => this.areUsual(source)).sort();
  }
}
