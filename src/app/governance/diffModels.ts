import { STRUCTURE_LEVELS } from '../../features/relation.js';
import type { LoadedModel } from '../../registry/store.js';

const EXAMPLES = 20;

/** How two models differ in what they know: by structure level what only one of them has, and their options. */
export function diffModels(before: LoadedModel, after: LoadedModel) {
  const structure = Object.fromEntries(
    STRUCTURE_LEVELS.map((level) => {
      const [a, b] = [before, after].map(({ model }) => Object.keys(model.baseline.structure[level]));
      const gone = (a ?? []).filter((key) => !(b ?? []).includes(key));
      const added = (b ?? []).filter((key) => !(a ?? []).includes(key));
      return [
        level,
        {
          before: a?.length ?? 0,
          after: b?.length ?? 0,
          added: added.length,
          gone: gone.length,
          examples_added: added.slice(0, EXAMPLES),
          examples_gone: gone.slice(0, EXAMPLES),
        },
      ];
    }),
  );
  const side = ({ sha256, model }: LoadedModel) => ({
    sha256,
    ...model.options,
    days: model.baseline.daysWithData,
    sequences: Object.keys(model.baseline.intervals).length,
    algorithm: model.algorithm,
    ...(model.algorithm === 'isolation-forest' ? { forest_can_alert: model.forest.canAlert } : {}),
  });
  return { before: side(before), after: side(after), structure };
}
