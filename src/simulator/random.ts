import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export type { RandomGenerator };

/**
 * Names one stream of random numbers. Every part of the plant draws from a stream of its own, named
 * by what it is ("scada", PLC address, session 3 …), so that adding a scenario or recording other
 * stretches never changes what the rest of the plant does.
 */
export interface Key {
  readonly a: number;
  readonly b: number;
}

/** The finaliser of MurmurHash3 (A. Appleby, public domain): every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function rootKey(seed: number): Key {
  return { a: mix(seed), b: mix(~seed ^ Math.floor(seed / 2 ** 32)) };
}

/** The stream under `key` that the path names. */
export function childKey(key: Key, ...path: readonly (string | number)[]): Key {
  let { a, b } = key;
  for (const part of path) {
    for (const unit of typeof part === 'number' ? words(part) : codes(part)) {
      a = mix(Math.imul(a, 31) ^ unit);
      b = mix(Math.imul(b, 37) + unit + 0x9e3779b9);
    }
  }
  return { a, b };
}

function words(value: number): readonly number[] {
  return [value | 0, Math.floor(value / 2 ** 32) | 0];
}

function codes(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0).concat(text.length + 0x10000);
}

/** The generator of one stream; `index` picks the n-th of many short streams under one key. */
export function generator(key: Key, index = 0): RandomGenerator {
  const low = index | 0;
  const high = Math.floor(index / 2 ** 32) | 0;
  return xoroshiro128plusFromState([
    mix(key.a ^ low),
    mix(key.b + high) | 1,
    mix(key.b ^ Math.imul(low, 0x9e3779b1)),
    mix(key.a + Math.imul(low, 0x7feb352d) + high),
  ]);
}

/** Uniform in [0, 1). */
export function uniform(random: RandomGenerator): number {
  return (random.next() >>> 0) / 2 ** 32;
}

export function between(random: RandomGenerator, low: number, high: number): number {
  return low + (high - low) * uniform(random);
}

/** A whole number in [low, high], both included. */
export function integer(random: RandomGenerator, low: number, high: number): number {
  return low + Math.floor(uniform(random) * (high - low + 1));
}

export function chance(random: RandomGenerator, probability: number): boolean {
  return uniform(random) < probability;
}

export function pick<T>(random: RandomGenerator, items: readonly [T, ...T[]]): T {
  return items[integer(random, 0, items.length - 1)] ?? items[0];
}

/** Standard normal (Box and Muller, 1958; one of the pair). */
export function gaussian(random: RandomGenerator): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random));
}

export function logNormal(random: RandomGenerator, median: number, sigma: number): number {
  return median * Math.exp(sigma * gaussian(random));
}

export function exponential(random: RandomGenerator, mean: number): number {
  return -mean * Math.log(1 - uniform(random));
}

/** How many events of a Poisson process fall into one unit (Knuth, TAOCP 2, 3.4.1); for small means. */
export function poisson(random: RandomGenerator, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = uniform(random); product > limit; product *= uniform(random)) count++;
  return count;
}
