import { printable } from '../../printable.js';
import { describeSeries, type TrainingEvidence } from './evidence.js';
import type { SeenSpan } from './structureCounts.js';

export const REVIEW_CHECKS = [
  'late-onset',
  'ended-early',
  'thin-support',
  'halves-differ',
  'never-seen-share',
  'not-in-inventory',
  'unexpected-partner',
  'open-anomalies',
] as const;
export type ReviewCheck = (typeof REVIEW_CHECKS)[number];

export interface ReviewFinding {
  readonly check: ReviewCheck;
  /** a structure key or series key, or the window */
  readonly subject: string;
  readonly text: string;
}

/** What a person reads before approving a model: signs that the window held more than normal traffic. */
export interface TrainingReview {
  readonly windowDays: number;
  readonly findings: readonly ReviewFinding[];
  /** what could not be looked at, and why */
  readonly notChecked: readonly string[];
}

/** An inventory as this review asks it. */
export interface ExpectedPartners {
  readonly isListed: (address: string) => boolean;
  /** undefined where the inventory doesn't say whom a host talks to */
  readonly isExpected: (source: string, destination: string) => boolean | undefined;
}

export interface ReviewContext {
  /** undefined: the site has none */
  readonly inventory: ExpectedPartners | undefined;
  /** alerts of the window on which nobody has decided; undefined: not asked */
  readonly openAnomalies: number | undefined;
}

/** Weekly work has shown itself by then: what comes later is new to the plant, or was waiting. */
const SETTLED_DAYS = 7;
const SUPPORT_DAYS = 10;
/** Seen in so many of the window's weeks, few days are a habit. */
const HABIT_SHARE = 0.75;

export function reviewTraining(
  evidence: TrainingEvidence,
  { inventory, openAnomalies }: ReviewContext,
): TrainingReview {
  const { windowDays, spans, halves, unseenShare, contamination } = evidence;
  return {
    windowDays,
    findings: [
      ...structureFindings(
        evidence,
        'late-onset',
        ({ days }) => (days[0] ?? 0) >= SETTLED_DAYS,
        (span) =>
          `first seen on day ${(span.days[0] ?? 0) + 1} of ${windowDays}, ${span.days.length} days in all`,
      ),
      ...structureFindings(
        evidence,
        'ended-early',
        ({ days }) => (days[days.length - 1] ?? 0) < windowDays - SETTLED_DAYS,
        (span) =>
          `last seen on day ${(span.days[span.days.length - 1] ?? 0) + 1} of ${windowDays}, ${span.days.length} days in all`,
      ),
      ...structureFindings(
        evidence,
        'thin-support',
        (span) => isThin(span, windowDays),
        (span) => `seen on ${span.days.length} of ${windowDays} days`,
      ),
      ...halves.map(
        (differ): ReviewFinding => ({
          check: 'halves-differ',
          subject: differ.key,
          text: `${describeSeries(differ)}: ${differ.what} ${round(differ.first)} in the first half of the window, ${round(differ.second)} in the second`,
        }),
      ),
      ...(unseenShare > contamination / 2
        ? [
            {
              check: 'never-seen-share' as const,
              subject: 'window',
              text: `${(100 * unseenShare).toFixed(3)} % of the rows carry something that no other day had: with more than ${100 * contamination} % the forest can't alert`,
            },
          ]
        : []),
      ...(inventory === undefined ? [] : inventoryFindings(spans.pair, inventory)),
      ...(openAnomalies === undefined || openAnomalies === 0
        ? []
        : [
            {
              check: 'open-anomalies' as const,
              subject: 'window',
              text: `${openAnomalies} alerts of the window have no decision by a person`,
            },
          ]),
    ],
    notChecked: [
      ...(inventory === undefined
        ? [
            'relations that nobody expects: there is no asset inventory. A foothold that is there all the time shows in nothing else',
          ]
        : []),
      ...(openAnomalies === undefined ? ['open anomalies in the window: not asked'] : []),
    ],
  };
}

function isThin({ days }: SeenSpan, windowDays: number): boolean {
  const weeks = new Set(days.map((day) => Math.floor(day / 7))).size;
  return days.length < SUPPORT_DAYS && weeks < HABIT_SHARE * Math.ceil(windowDays / 7);
}

/** What is odd about a source is odd about its pairs, and what is about a pair is about its functions: the widest says it. */
function structureFindings(
  { spans }: TrainingEvidence,
  check: ReviewCheck,
  isOdd: (span: SeenSpan) => boolean,
  describe: (span: SeenSpan) => string,
): readonly ReviewFinding[] {
  const said = new Set<string>();
  const findings: ReviewFinding[] = [];
  for (const [level, parts] of [
    ['source', 1],
    ['pair', 2],
    ['functionCode', 6],
  ] as const) {
    for (const span of spans[level]) {
      const key = span.key.split('|');
      if (said.has(key.slice(0, 1).join('|')) || said.has(key.slice(0, 2).join('|'))) continue;
      // Answers with an exception are the device's, and rare by nature.
      if (!isOdd(span) || span.key.endsWith('_EXCEPTION')) continue;
      if (parts < 6) said.add(span.key);
      findings.push({ check, subject: span.key, text: `${nameOf(key)}: ${describe(span)}` });
    }
  }
  return findings;
}

function inventoryFindings(
  pairs: readonly SeenSpan[],
  inventory: ExpectedPartners,
): readonly ReviewFinding[] {
  const unlisted = new Set<string>();
  const findings: ReviewFinding[] = [];
  for (const { key, days } of pairs) {
    const [source = '', destination = ''] = key.split('|');
    const strangers = [source, destination].filter((address) => !inventory.isListed(address));
    for (const address of strangers) {
      if (unlisted.has(address)) continue;
      unlisted.add(address);
      findings.push({
        check: 'not-in-inventory',
        subject: key,
        text: `${address} is not in the inventory (${nameOf([source, destination])}, ${days.length} days)`,
      });
    }
    if (strangers.length === 0 && inventory.isExpected(source, destination) === false)
      findings.push({
        check: 'unexpected-partner',
        subject: key,
        text: `${nameOf([source, destination])}: not among the partners that the inventory expects; ${days.length} days`,
      });
  }
  return findings;
}

function nameOf([source = '', destination, port, protocol, unit, functionCode]: readonly string[]): string {
  if (destination === undefined) return source;
  if (port === undefined) return `${source} → ${destination}`;
  return `${source} → ${destination}:${port} (${protocol}${unit === '-' ? '' : ` unit ${unit}`}), ${functionCode}`;
}

function round(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const TITLES: Readonly<Record<ReviewCheck, string>> = {
  'late-onset': 'First seen after the first week',
  'ended-early': 'Not seen in the last week',
  'thin-support': 'Seen on few days, without a weekly habit',
  'halves-differ': 'Another in the second half of the window than in the first',
  'never-seen-share': 'Too much that was seen once only',
  'not-in-inventory': 'Addresses that the inventory doesn’t name',
  'unexpected-partner': 'Partners that the inventory doesn’t expect',
  'open-anomalies': 'Alerts of the window that nobody has decided',
};
const NAMED_AT_MOST = 50;

/** The review as a person reads it: Markdown. Names come from the network and stand in code spans. */
export function describeReview({ findings, notChecked, windowDays }: TrainingReview, sha256: string): string {
  const sections = REVIEW_CHECKS.flatMap((check) => {
    const found = findings.filter((finding) => finding.check === check);
    if (found.length === 0) return [];
    const lines = found
      .slice(0, NAMED_AT_MOST)
      .map(({ text }) => `- \`${printable(text).replaceAll('`', "'")}\``);
    if (found.length > NAMED_AT_MOST)
      lines.push(`- and ${found.length - NAMED_AT_MOST} more: see training-review.json`);
    return [`## ${TITLES[check]} (${found.length})\n\n${lines.join('\n')}\n`];
  });
  return `# Before you approve model ${sha256.slice(0, 12)}

What the model holds is normal to it for good: an intruder who was there in these ${windowDays} days was learnt. Each
line below is a reason to ask; none is an accusation, and none decides anything. No finding is no proof of absence.

${sections.length === 0 ? 'No sign was found.\n' : sections.join('\n')}${notChecked.length === 0 ? '' : `\n## Not looked at\n\n${notChecked.map((text) => `- ${text}`).join('\n')}\n`}`;
}
