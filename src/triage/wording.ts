import { KNOWN } from './citable.js';

/** Letters of other scripts that look like Latin ones, as far as English verbs need them. */
const LOOK_ALIKE: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  ѕ: 's',
  і: 'i',
  ј: 'j',
  ԁ: 'd',
  ɡ: 'g',
  ո: 'n',
  ѵ: 'v',
  ɩ: 'i',
  α: 'a',
  ε: 'e',
  ο: 'o',
  ρ: 'p',
  ι: 'i',
  υ: 'u',
  ν: 'v',
};

const ALERT =
  '(?:alerts?|alarms?|tickets?|cases?|incidents?|events?|findings?|notifications?|detections?|detectors?|rules?|anomal(?:y|ies)|issues?|severity|queue|this|these|it|them)';

/** Never of use to an analyst in an opinion that may only advise. */
const ALWAYS: readonly RegExp[] = [
  /\b(?:suppress|silenc|disregard|dismiss|snooz|downgrad|down-?rank|down-?play|unflag|whitelist|white-list|allowlist|allow-list)\w*/,
  /\bignor(?:e|es|ed|ing|able)\b/,
  /\bde-?(?:escalat|prioriti[sz])\w*/,
  /\b(?:lower|reduc|decreas|drop|minimi[sz])\w*\s+(?:\w+\s+){0,3}(?:severity|priority|risk|criticality|score|rating)\b/,
  /\b(?:severity|priority|risk)\s+(?:\w+\s+){0,3}(?:lowered|reduced|decreased|low|informational|none)\b/,
  /\b(?:mark|flag|label|treat|classify|tag|consider|record|log)\w*\b.{0,60}\b(?:benign|false[ -]positives?|resolved|handled|closed|harmless|noise|expected behaviou?r)\b/,
  /\b(?:is|are|was|as)\s+(?:an?\s+)?(?:known\s+)?false[ -]positives?\b/,
  /\bno\s+(?:further\s+|additional\s+|more\s+|immediate\s+)*(?:actions?|investigation|review|follow[ -]?up|response|steps?|attention|analysis|triage)\b/,
  /\bno(?:thing|t)\s+(?:\w+\s+){0,2}(?:to\s+worry|to\s+investigate|to\s+do|worth)\b/,
  /\b(?:not|n't|without|never)\s+(?:\w+\s+){0,2}(?:need|needs|require|requires|requiring|warrant|necessary|investigate|escalate|review)\w*/,
  /\b(?:safe|safely|ok|okay|fine)\s+(?:to\s+)?(?:skip|drop|leave|forget|move on|proceed|disregard)\b/,
  /\b(?:stand(?:ing)? down|auto-?(?:close|resolve|archive)\w*|move on|look the other way)\b/,
];

/** Everyday words, so only where they speak of an alert. */
const NEAR_AN_ALERT: readonly RegExp[] = [
  new RegExp(
    `\\b(?:clos(?:e|es|ed|ing|ure)|mut(?:e|es|ed|ing)|delet\\w*|resolv\\w*|archiv\\w*|discard\\w*|drop(?:s|ped|ping)?|hid(?:e|es|den|ing)|remov\\w*|clear(?:s|ed|ing)?|skip\\w*|disabl\\w*|exclud\\w*|filter(?:s|ed|ing)?\\s+out|turn(?:s|ed|ing)?\\s+off|switch(?:es|ed|ing)?\\s+off|cancel\\w*|accept\\w*|withdraw\\w*|purg\\w*|eras\\w*)\\b(?=.{0,60}\\b${ALERT}\\b)`,
  ),
  new RegExp(
    `\\b${ALERT}\\b.{0,60}\\b(?:closed|muted|deleted|resolved|archived|discarded|dropped|hidden|removed|cleared|skipped|disabled|excluded|closure)\\b`,
  ),
];

/** What a text says once tricks of writing are undone: look-alikes, combining marks, spaced-out letters. */
function plain(text: string): string {
  const latin = [
    ...text
      .normalize('NFKD')
      .replace(/[\p{M}\p{Cf}]/gu, '')
      .toLowerCase(),
  ]
    .map((letter) => LOOK_ALIKE[letter] ?? letter)
    .join('');
  const joined = latin.replace(/(?<![\p{L}\p{N}])(?:\p{L}[\s._*-]){3,}\p{L}(?![\p{L}\p{N}])/gu, (spaced) =>
    spaced.replace(/[\s._*-]/g, ''),
  );
  const named = KNOWN.reduce(
    (rest, { name }) => rest.replaceAll(name.toLowerCase(), 'technique'),
    joined.replace(/[_*~`]+/g, ''),
  );
  return named.replace(/\s+/g, ' ');
}

/** Whether a text closes, suppresses, downgrades or ignores an alert, or says that nobody need look. */
export function isForbiddenWording(text: string): boolean {
  const said = plain(text);
  return [...ALWAYS, ...NEAR_AN_ALERT].some((pattern) => pattern.test(said));
}

/** Sentences as a reader parts them, of a text with single spaces; joined by spaces again they are the text. */
export function sentencesOf(text: string): readonly string[] {
  return text.split(/(?<=[.!?;]) /);
}

/**
 * Takes out every sentence with forbidden wording. Where parts that are harmless alone make it up together, all goes.
 *
 * @returns the text without them, and how many there were
 */
export function withoutForbidden(text: string): { readonly text: string; readonly removed: number } {
  const sentences = sentencesOf(text);
  const kept = sentences.filter((sentence) => !isForbiddenWording(sentence));
  const rest = kept.join(' ').trim();
  if (isForbiddenWording(rest)) return { text: '', removed: sentences.length };
  return { text: rest, removed: sentences.length - kept.length };
}
