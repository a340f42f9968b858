import { STRUCTURE_LEVELS } from '../features/relation.js';
import type { Model, Sequence } from './artifact.js';

/**
 * The model card: what it was made of, what it sees, and what it can't see. Markdown, made from the model alone, and of
 * the gate's result once there is one.
 */
export function modelCard(model: Model, sha256: string, gate: string = NOT_GATED): string {
  const { baseline, forest, options } = model;
  return `# Model ${sha256.slice(0, 12)}

${baseline.shortBaseline ? `**Lab model.** Its baseline holds ${baseline.daysWithData} days; at least 30 are needed for production. This can't be changed afterwards.\n` : ''}
| | |
| --- | --- |
| SHA-256 | ${sha256} |
| Algorithm | ${model.algorithm}, ${options.trees} trees of ${options.subsample} rows, contamination ${options.contamination}, seed ${options.seed} |
| Window | ${options.from} to ${options.to} (end excluded) |
| Days with data | ${baseline.daysWithData} |
| Gaps of 6 hours or more | ${baseline.gaps.length === 0 ? 'none' : baseline.gaps.join(', ')} |
| Rows | ${Object.entries(baseline.logs)
    .map(([log, { rows, sampled }]) => `${log}: ${rows} counted, ${sampled} sampled`)
    .join('; ')} |
| Read through profile | ${model.profile.name} (${model.profile.sha256.slice(0, 12)}); bytes are ${BYTES[model.profile.bytes]} |
| Structure | ${STRUCTURE_LEVELS.map((level) => `${level}: ${Object.keys(baseline.structure[level]).length}`).join('; ')} |
| Alert line | ${model.alertLine} on a scale of −0.5 to 0.5; lower is more anomalous |
| Forest offset | ${forest.offset.toFixed(4)} |

${gate}
## What it detects

- A source, destination, pair, port, unit or function code that the baseline never saw: from its first record.
- ${
    forest.canAlert
      ? 'An interval or byte count that its own sequence or relation hardly ever had: rarer than 1 in 1,000, with a\n  cut-off that each key keeps on held-out days. Where it can see one is said below.'
      : '**The forest of this model cannot alert:** its offset leaves no room below the alert line. Only novelty of structure does.'
  }

Below the alert line the forest says no more than "some feature was never seen, or is rarer than the cut-off in
its relation". What it adds is a ranking above the line.

## What it cannot detect

- An exact replay of requests that the baseline holds, from the host that sent them.
- Anything that was already there during the baseline: what it holds is normal to it.
- Values: it judges communication, not what a register should hold.
- Slow drift of bytes, intervals or set points: no drift chart is part of this model.
- A relation that falls silent.

${weaker(model)}## Where it can't see intervals

${sight(Object.values(baseline.intervals))}
Of ${Object.keys(baseline.bytes).length} relations with bytes, ${Object.values(baseline.bytes).filter(({ orig, resp }) => orig.rarityCutOff !== null || resp.rarityCutOff !== null).length} have enough regular connections to judge them.
${forest.unseenShare > options.contamination / 2 ? `\n**Check before use:** ${(forest.unseenShare * 100).toFixed(3)} % of the training rows carry a feature that counts as never seen.\n` : ''}`;
}

const NOT_GATED = `## Adversarial gate

**Not run.** Nobody has tried to defeat this model. It can't be deployed before "ot-anomaly gate --model" has passed.
`;

const BYTES = { payload: 'payload bytes', ip: 'IP bytes', none: 'not known' } as const;

/** What the index convention takes away; nothing where it keeps everything. */
function weaker({ profile }: Model): string {
  if (profile.limits.length === 0) return '';
  const list = profile.limits.map((limit) => `- ${limit}`).join('\n');
  return `## What is weaker in this index convention\n\nAgainst Zeek's own logs, as our streams keep them:\n\n${list}\n\n`;
}

function sight(sequences: readonly Sequence[]): string {
  const count = (sight: Sequence['sight']) => sequences.filter((s) => s.sight === sight).length;
  return `Of ${sequences.length} sequences (relation, function code, address where logged): ${count('own')} have a histogram of
their own (${sequences.filter((s) => s.sight === 'own' && s.rarityCutOff === null).length} of them too scattered to accuse), ${count('pooled')} are judged by the pool of their function code, ${count('aperiodic')} are aperiodic or pipelined (interval not
usable), ${count('too-few-rows')} have too few rows. The last two get structure only.`;
}
