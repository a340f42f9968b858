/** Crockford's base32: no I, L, O or U, so that it survives being read out. https://www.crockford.com/base32.html */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 5;
const CHARACTERS_A_GROUP = 4;

/**
 * The first 100 bits of a SHA-256 as five groups of four, to be compared over the phone. A second request with the
 * same one takes 2^100 tries to find, and two of one's own choosing 2^50; what is signed is the whole digest anyway.
 */
export function fingerprint(sha256: string): string {
  let bits = BigInt(`0x${sha256}`) >> BigInt(256 - GROUPS * CHARACTERS_A_GROUP * 5);
  const characters: string[] = [];
  for (let i = 0; i < GROUPS * CHARACTERS_A_GROUP; i++) {
    characters.unshift(ALPHABET[Number(bits & 31n)] ?? '');
    bits >>= 5n;
  }
  return Array.from({ length: GROUPS }, (_, i) =>
    characters.slice(i * CHARACTERS_A_GROUP, (i + 1) * CHARACTERS_A_GROUP).join(''),
  ).join('-');
}
