/** Longest text that goes from the network or an inventory into a prompt, characters. */
const TEXT_MAX_CHARACTERS = 500;
const LIST_MAX = 20;
const KEYS_MAX = 40;
const DEPTH_MAX = 6;

/**
 * A text that others chose, as it may be shown to a model or a person: compatibility forms folded (NFKC), control
 * and format characters (bidirectional overrides, zero-width, tag characters) gone, white space single, capped.
 */
export function cleanText(text: string, max = TEXT_MAX_CHARACTERS): string {
  const cleaned = [
    ...text
      .slice(0, max * 4)
      .normalize('NFKC')
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
      .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
      .replace(/\s+/g, ' ')
      .trim(),
  ];
  return cleaned.length <= max ? cleaned.join('') : `${cleaned.slice(0, max - 1).join('')}…`;
}

/** The same for every string within a value; lists, keys and depth are capped too. */
export function cleanValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value === undefined || depth >= DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return value.slice(0, LIST_MAX).map((item) => cleanValue(item, depth + 1));
  if (typeof value !== 'object') return undefined;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, KEYS_MAX)
      .map(([key, child]) => [cleanText(key, 64), cleanValue(child, depth + 1)]),
  );
}

/**
 * Puts data between two marks that hold a nonce its author can't know. `<` and `>` are written as JSON escapes, so
 * that no text within can look like a mark.
 */
export function fence(value: unknown, nonce: string): string {
  const json = JSON.stringify(value, null, 1).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
  return `<untrusted-data-${nonce}>\n${json}\n</untrusted-data-${nonce}>`;
}
