import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';

type Kind = 'host' | 'name' | 'net' | 'mac';

const DIGITS = 8;
const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?(?![\d]|\.\d)/g;
const IPV6 = /(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:\/\d{1,3})?(?![\w:])/gi;
const MAC = /(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])/gi;
/** A name of at least two labels whose last one is letters: `plc7.plant.example`. */
const DOMAIN = /(?<![\w.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?![\w-])/gi;

/**
 * Replaces addresses, host names and names of assets by stable stand-ins, and puts them back.
 *
 * A stand-in is an HMAC of what it stands for, so that one site's key gives the same one every time and nobody
 * without the key can test a guess. Undoing knows only what this instance replaced.
 */
export class Pseudonyms {
  readonly #key: string;
  readonly #names: readonly string[];
  readonly #standIns = new Map<string, string>();
  readonly #originals = new Map<string, string>();

  /** @param names names of assets and sensors, which nothing in their form tells apart from other words */
  constructor(key: string, names: readonly string[]) {
    this.#key = key;
    this.#names = [...new Set(names)]
      .filter((name) => name.length >= 2 && isIP(name) === 0)
      .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  }

  /** Every string within the value, keys left as they are. */
  hide(value: unknown): unknown {
    if (typeof value === 'string') return this.#hideText(value);
    if (Array.isArray(value)) return value.map((item) => this.hide(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, this.hide(child)]));
  }

  /** What a model said, with the stand-ins it was given put back; one that it made up stays. */
  reveal(text: string): string {
    return text.replace(
      /\b(?:host|name|net|mac)-[0-9a-f]{8,}\b/g,
      (standIn) => this.#originals.get(standIn) ?? standIn,
    );
  }

  #hideText(text: string): string {
    const hidden: string[] = [];
    // Marks of private use can't be in the text: it was cleaned.
    const keep = (kind: Kind) => (found: string) => {
      hidden.push(this.#standIn(kind, found));
      return `\u{F0000}${hidden.length - 1}\u{F0001}`;
    };
    let rest = text;
    for (const name of this.#names) rest = replaceName(rest, name, keep('name'));
    rest = rest.replace(MAC, keep('mac'));
    rest = rest.replace(IPV4, (found) => keep(found.includes('/') ? 'net' : 'host')(found));
    rest = rest.replace(IPV6, (found) =>
      isIP(found.split('/')[0] ?? '') === 6 ? keep('host')(found) : found,
    );
    rest = rest.replace(DOMAIN, keep('name'));
    return rest.replace(/\u{F0000}(\d+)\u{F0001}/gu, (_, index: string) => hidden[Number(index)] ?? '');
  }

  #standIn(kind: Kind, original: string): string {
    const known = this.#standIns.get(original);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.#key).update(`${kind}\n${original}`).digest('hex');
    let length = DIGITS;
    while (this.#originals.has(`${kind}-${digest.slice(0, length)}`)) length += 1;
    const standIn = `${kind}-${digest.slice(0, length)}`;
    this.#standIns.set(original, standIn);
    this.#originals.set(standIn, original);
    return standIn;
  }
}

/** Whole words only: a name `P1` doesn't change `P100`. */
function replaceName(text: string, name: string, by: (found: string) => string): string {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, 'giu'), by);
}
