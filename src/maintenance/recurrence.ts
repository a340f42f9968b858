import { RRuleTemporal } from 'rrule-temporal';

/** The rule parts of RFC 5545, 3.3.10. The library passes over others in silence: a slip would change the rule. */
const PARTS =
  /^(FREQ|INTERVAL|COUNT|UNTIL|BYMONTH|BYMONTHDAY|BYDAY|BYYEARDAY|BYWEEKNO|BYHOUR|BYMINUTE|BYSECOND|BYSETPOS|WKST)=[\w+,-]+$/;
const FREQUENCY = /(^|;)FREQ=(HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)/;
/** A rule that needs more steps than this to reach the horizon is a mistake, or meant to keep us busy. */
const STEPS_MAX = 1_000_000;
/** Enough for each hour of the horizon since any year (measured); used up by a second of each within a second of time. */
const CANDIDATES_MAX = 50_000;

/** What is wrong with a rule; undefined if nothing is. */
export function ruleProblem(rule: string): string | undefined {
  const unknown = rule.split(';').find((part) => !PARTS.test(part));
  if (unknown !== undefined)
    return `expected a rule as in RFC 5545, such as FREQ=WEEKLY;BYDAY=TU, found ${JSON.stringify(unknown.slice(0, 60))}`;
  if (!FREQUENCY.test(rule)) return 'expected FREQ= HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY';
  return undefined;
}

/**
 * When a rule makes something begin, ms since the epoch, ascending.
 *
 * @param local of the first, `20260106T060000`, in `zone` (IANA)
 * @param from first ms that counts
 * @param to last ms that counts
 * @param options.strict refuses what RFC 5545 forbids although it can be understood, such as an UNTIL without zone
 * @throws {Error} if the rule has a value that it may not have
 */
export function startsOf(
  rule: string,
  local: string,
  zone: string,
  from: number,
  to: number,
  { strict = true }: { readonly strict?: boolean } = {},
): readonly number[] {
  const recurrence = new RRuleTemporal({
    rruleString: `DTSTART;TZID=${zone}:${local}\nRRULE:${rule}`,
    strict,
    maxIterations: STEPS_MAX,
    maxCandidateEvaluations: CANDIDATES_MAX,
  });
  try {
    return recurrence
      .between(new Date(from), new Date(to), true)
      .map(({ epochMilliseconds }) => epochMilliseconds);
  } catch (cause) {
    if (!(cause instanceof Error) || !/^Maximum /.test(cause.message)) throw cause;
    throw new Error(
      `expected a rule that comes true less often: it takes more than ${CANDIDATES_MAX} candidates`,
      {
        cause,
      },
    );
  }
}
