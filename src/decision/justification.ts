/** A reason is a sentence, not a mark: at least this much. */
const LEAST_WORDS = 3;
const LEAST_CHARACTERS = 12;
/** Share of the words of a justification that stand in the AI's text, in the same order, from which it is a copy. */
const COPIED_SHARE = 0.8;
const SHINGLE_WORDS = 3;

export type JustificationFault = 'missing' | 'too_short' | 'words_of_the_ai' | 'used_before';

/**
 * Whether a justification is the analyst's own: friction on purpose, for the one alert in twenty that an AI got wrong.
 *
 * @param ofTheAi what AIs said about the alert: reasoning, steps, drafts
 * @param earlier this analyst's earlier justifications, of other alerts
 * @returns undefined if nothing is wrong with it
 */
export function justificationFault(
  text: string,
  ofTheAi: readonly string[],
  earlier: readonly string[],
): JustificationFault | undefined {
  const words = wordsOf(text);
  if (words.length === 0) return 'missing';
  if (
    words.length < LEAST_WORDS ||
    words.join('').length < LEAST_CHARACTERS ||
    new Set(words).size < LEAST_WORDS
  )
    return 'too_short';
  if (isCopy(words, ofTheAi)) return 'words_of_the_ai';
  const same = words.join(' ');
  if (earlier.some((other) => wordsOf(other).join(' ') === same)) return 'used_before';
  return undefined;
}

function isCopy(words: readonly string[], texts: readonly string[]): boolean {
  const theirs = new Set(texts.flatMap((text) => shingles(wordsOf(text))));
  const own = shingles(words);
  return own.filter((shingle) => theirs.has(shingle)).length >= COPIED_SHARE * own.length;
}

function shingles(words: readonly string[]): readonly string[] {
  return words
    .slice(0, words.length - SHINGLE_WORDS + 1)
    .map((_, i) => words.slice(i, i + SHINGLE_WORDS).join(' '));
}

/** Words as they are compared: case, accents, punctuation and invisible characters don't make a text another. */
function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/[\p{M}\p{Cf}]/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
