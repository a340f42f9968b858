import { STRUCTURE_LEVELS } from '../features/relation.js';
import { algorithmCard, comparisonCard } from './algorithmCard.js';
import type { Model, Sequence } from './artifact.js';
import { firstExceptions } from './firstExceptions.js';
import { poolOfSequence } from './pool.js';

/**
 * The model card: what it was made of, what it sees, and what it can't see. Markdown, made from the model alone, and of
 * the gate's result once there is one.
 */
export function modelCard(model: Model, sha256: string, gate: string = NOT_GATED): string {
  const { baseline, options } = model;
  const algorithm = algorithmCard(model);
  return `# Model ${sha256.slice(0, 12)}

${baseline.shortBaseline ? `**Lab model.** Its baseline holds ${baseline.daysWithData} days; at least 30 are needed for production. This can't be changed afterwards.\n` : ''}
| | |
| --- | --- |
| SHA-256 | ${sha256} |
| Algorithm | ${algorithm.described} |
| Window | ${options.from} to ${options.to} (end excluded) |
| Days with data | ${baseline.daysWithData} |
| Gaps of 6 hours or more | ${baseline.gaps.length === 0 ? 'none' : baseline.gaps.join(', ')} |
| Rows | ${Object.entries(baseline.logs)
    .map(([log, { rows, sampled }]) => `${log}: ${rows} counted, ${sampled} sampled`)
    .join('; ')} |
| Read through profile | ${model.profile.name} (${model.profile.sha256.slice(0, 12)}); bytes are ${BYTES[model.profile.bytes]} |
| Structure | ${STRUCTURE_LEVELS.map((level) => `${level}: ${Object.keys(baseline.structure[level]).length}`).join('; ')} |
| Alert line | ${model.alertLine} on a scale of −0.5 to 0.5; lower is more anomalous |

${gate}
## What it detects

- A source, destination, pair, port, unit or function code that the baseline never saw: from its first record.
- ${algorithm.sees}
${courses(baseline)}

${algorithm.cannotSee}

## What it cannot detect

- An exact replay of requests that the baseline holds, from the host that sent them.
- Anything that was already there during the baseline: what it holds is normal to it.
- A write at an address that it never had, by who wrote before with the same function, where those addresses are no settled set.
- What a register should hold: a logged value is held against its own past, never against the process. Of a block that is written
  the first eight values are looked at.
- Slow drift where no chart stands: fewer than 48 hours of data, fewer than 4 rows in the usual hour. And a drift
  slower than the baseline itself wanders.
- Silence of a relation that came and went during the baseline, and of a sensor that sees nothing at all.

${weaker(model)}## Where it can't see intervals

${sight(baseline)}
${sizes(baseline)}
${algorithm.warning === '' ? '' : `\n${algorithm.warning}\n`}
## Forest and Z-score on the same rows

${comparisonCard(model)}
`;
}

const NOT_GATED = `## Adversarial gate

**Not run.** Nobody has tried to defeat this model. It can't be deployed before "ot-anomaly gate --model" has passed.
`;

const BYTES = { payload: 'payload bytes', ip: 'IP bytes', none: 'not known' } as const;

/** What is charted over time, and for how many: a chart that doesn't stand sees nothing. */
function courses({
  structure,
  drift,
  surprise,
  presence,
  silence,
  exceptions,
  intervals,
  bytes,
  answers = {},
  writes = {},
  writtenAddresses = {},
  writtenValues = {},
}: Model['baseline']): string {
  const count = (of: object, feature: string) =>
    Object.keys(of).filter((key) => key.startsWith(`${feature}|`)).length;
  const series = (feature: string) => count(drift, feature);
  const rhythm = Object.values(intervals).filter(({ runCutOff }) => runCutOff !== null).length;
  return [
    `Slow drift of hourly means: ${series('interval')} sequences' intervals, ${series('origBytes')} and ${series('respBytes')} relations' bytes, ${series('value')} logged values.`,
    `A changed rhythm within ten requests (3 of 10, of a sequence of which a sample was learnt up to 8): ${rhythm} of ${Object.keys(intervals).length} sequences.`,
    `Answers of another size within a few connections (3 of 10): ${Object.keys(answers).length} of ${Object.keys(bytes).length} relations; where a connection stays open for a day, that is days.`,
    `Values that stay unusual (surprise chart): ${count(surprise, 'interval')} of ${Object.keys(intervals).length} sequences' intervals, ${count(surprise, 'origBytes')} and ${count(surprise, 'respBytes')} of ${Object.keys(bytes).length} relations' bytes.`,
    `Hours of the week: ${Object.keys(presence).filter((key) => !key.includes('|')).length} of ${Object.keys(structure.source).length} sources keep a habit, and ${Object.keys(presence).filter((key) => key.includes('|')).length} relations of sources that are there at most hours. Of a source that comes at other hours each week none is odd.`,
    `Silence: ${Object.keys(silence).length} relations are always there.`,
    `Exceptions: ${Object.keys(exceptions).length} kinds of request. ${firsts(exceptions)} A scan or a flood: every source and destination.`,
    `How much a known writer writes: ${Object.keys(writes).length} relations and functions; one that wrote on fewer than five days has no limit, and a request that writes many registers counts once.`,
    `To what a known writer writes: ${Object.keys(writtenAddresses).length} relations and functions have a settled set of addresses, each with its quantity written on three days or more. What wrote on fewer than five days, or now and then to others, or by a log without addresses, has none.`,
    `What it writes there: ${Object.keys(writtenValues).length} addresses have a range of values (twenty writes on five days; no count that only grows). A value is told of that lies beyond it three times as far as it is wide.`,
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

/** What the index convention takes away; nothing where it keeps everything. */
function weaker({ profile }: Model): string {
  if (profile.limits.length === 0) return '';
  const list = profile.limits.map((limit) => `- ${limit}`).join('\n');
  return `## What is weaker in this index convention\n\nAgainst Zeek's own logs, as our streams keep them:\n\n${list}\n\n`;
}

/** Whose first exceptions are told of: whoever provokes two in the baseline hides the others of that source. */
function firsts(exceptions: Model['baseline']['exceptions']): string {
  const usual = firstExceptions(exceptions).usual();
  if (usual.length === 0) return 'The first one of a request that never had any is told of.';
  const named = usual.slice(0, NAMED_AT_MOST).map((source) => code(source));
  const more = usual.length > named.length ? ` and ${usual.length - named.length} more` : '';
  return `The first one of a request that never had any is told of, but not of ${named.join(', ')}${more}: some of their requests had some in the baseline.`;
}

const NAMED_AT_MOST = 10;

/** What a log calls an address may be any text: nothing of it is to be Markdown. */
function code(text: string): string {
  return `\`${text.replace(/[`\s]+/g, ' ')}\``;
}

function sight({ intervals, pooledIntervals }: Model['baseline']): string {
  const sequences = Object.values(intervals);
  const count = (sight: Sequence['sight']) => sequences.filter((s) => s.sight === sight).length;
  const silent = Object.entries(intervals).filter(
    ([key, { sight }]) =>
      sight === 'pooled' && (pooledIntervals[poolOfSequence(key)]?.rarityCutOff ?? null) === null,
  ).length;
  return `Of ${sequences.length} sequences (relation, function code, address where logged): ${count('own')} have a histogram of
their own (${sequences.filter((s) => s.sight === 'own' && s.rarityCutOff === null && s.runCutOff === null).length} of them too scattered to accuse), ${count('pooled')} are judged by the pool of their function code (${silent} of them by one too scattered to accuse: a single odd short sequence can do that), ${count('aperiodic')} are aperiodic or pipelined (interval not
usable), ${count('too-few-rows')} have too few rows, ${count('too-few-days')} were there on less than a third of the days with data. The last three get structure only.`;
}

function sizes({ bytes }: Model['baseline']): string {
  const relations = Object.values(bytes);
  const judged = relations.filter(
    ({ orig, resp }) => orig.rarityCutOff !== null || resp.rarityCutOff !== null,
  );
  return `Of ${relations.length} relations with bytes, ${judged.length} have single sizes judged. The others have too few connections or too irregular ones,
or ones of their source had a size now and then that no other connection had: the first such one is then told of none.`;
}
