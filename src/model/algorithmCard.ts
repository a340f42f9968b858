import type { Algorithm, Comparison, Model } from './artifact.js';

/** The parts of the model card that depend on the algorithm. */
export interface AlgorithmCard {
  /** one cell of the card's table */
  readonly described: string;
  readonly sees: string;
  readonly cannotSee: string;
  /** empty unless something has to be looked at before use */
  readonly warning: string;
}

export function algorithmCard(model: Model): AlgorithmCard {
  const { options } = model;
  const common = `contamination ${options.contamination}, seed ${options.seed}`;
  switch (model.algorithm) {
    case 'isolation-forest': {
      const { offset, canAlert, unseenShare } = model.forest;
      return {
        described: `isolation-forest, ${model.options.trees} trees of ${model.options.subsample} rows, ${common}, offset ${offset.toFixed(4)}`,
        sees: canAlert
          ? 'An interval or byte count that its own sequence or relation hardly ever had: rarer than 1 in 1,000, with a\n  cut-off that each key keeps on held-out days. Where it can see one is said below.'
          : '**The forest of this model cannot alert:** its offset leaves no room below the alert line. Only the other detectors do.',
        cannotSee:
          'Below the alert line the forest says no more than "some feature was never seen, or is rarer than the cut-off in\nits relation". What it adds is a ranking above the line.',
        warning:
          unseenShare > options.contamination / 2
            ? `**Check before use:** ${(unseenShare * 100).toFixed(3)} % of the training rows carry a feature that counts as never seen.`
            : '',
      };
    }
    case 'z-score': {
      const { own, limit } = model.zScore;
      const keys = Object.keys(own);
      const sequences = keys.filter((key) => key.startsWith('interval|')).length;
      return {
        described: `z-score, ${common}, limit ${limit.toFixed(2)} standard deviations`,
        sees: `A support, interval or byte count ${limit.toFixed(1)} standard deviations from its mean: its own relation's mean for ${sequences} of ${Object.keys(model.baseline.intervals).length} sequences and ${keys.length - sequences} byte counts, the whole plant's for the rest.`,
        cannotSee:
          "Held against the whole plant's mean a sequence's own rhythm can't be judged. A mean with two humps hides what lies\nbetween them, and features are taken one by one: no combination of usual values is odd.",
        warning: '',
      };
    }
  }
}

/** How both algorithms did on the same held-out rows; each alone, without the other detectors. */
export function comparisonCard({ comparison, algorithm }: Model): string {
  const { heldOutRows, algorithms } = comparison;
  const names = Object.keys(algorithms);
  if (heldOutRows === 0 || names.length === 0) return 'Not compared: nothing was held out.';
  const changes = Object.entries(algorithms[names[0] ?? '']?.changed ?? {}).filter(
    ([, { rows }]) => rows > 0,
  );
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `All were trained on the first four fifths of the window and shown the same ${heldOutRows} rows of the last fifth, as they`,
    'are and with one part changed. Each is judged alone.',
    '',
    row(['rows below the alert line', ...names]),
    row(['---', ...names.map(() => '---')]),
    row([
      'held-out rows (false positives)',
      ...names.map((name) => `${algorithms[name]?.falsePositives} of ${heldOutRows}`),
    ]),
    ...changes.map(([change]) =>
      row([
        change,
        ...names.map((name) => {
          const { found, rows } = algorithms[name]?.changed[change] ?? { found: 0, rows: 0 };
          return `${found} of ${rows}`;
        }),
      ]),
    ),
    '',
    whatItAdds(algorithm, algorithms[algorithm]),
  ].join('\n');
}

function whatItAdds(algorithm: Algorithm, measured: Comparison['algorithms'][string] | undefined): string {
  const name = algorithm === 'z-score' ? 'Z-score' : 'forest';
  const adds = Object.entries(measured?.changed ?? {}).filter(([, { beyondOthers }]) => beyondOthers > 0);
  return adds.length === 0
    ? `**The ${name} adds no detection here:** every changed row it found, novelty and histograms found too. What it adds is a ranking.`
    : `What the ${name} found and neither novelty nor histograms did: ${adds.map(([change, { beyondOthers, rows }]) => `${change} ${beyondOthers} of ${rows}`).join(', ')}.`;
}
