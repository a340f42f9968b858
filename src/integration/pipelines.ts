import { dump } from 'js-yaml';
import { z } from 'zod';
import { type Asset, pipelines } from '../setup/assets.js';

const settingsSchema = z.object({
  template: z.object({
    settings: z.object({
      index: z.object({ default_pipeline: z.string().optional(), final_pipeline: z.string().optional() }),
    }),
  }),
});

/**
 * The pipelines of a data stream by file name: the one that its documents go through as `default.yml`, and copies of
 * those that it calls. A package knows none that streams share, so each stream has its own, under names that Fleet
 * gives them.
 */
export function pipelineFiles(template: Asset): ReadonlyMap<string, string> {
  const { default_pipeline, final_pipeline } = settingsSchema.parse(template.body).template.settings.index;
  const first = default_pipeline ?? final_pipeline;
  if (first === undefined) throw new TypeError(`${template.name} names no pipeline`);
  const known = new Map(pipelines().map((asset) => [asset.name, asset]));
  const files = new Map<string, string>();
  const add = (name: string, file: string): void => {
    const asset = known.get(name);
    if (asset === undefined) throw new TypeError(`there is no ingest-pipelines/${name}.yml`);
    if (files.has(file)) return;
    files.set(file, ''); // holds its place while what it calls is added
    const called = new Set<string>();
    const body = rename(asset.body, called);
    files.set(file, `---\n${dump(body, { lineWidth: 110, noRefs: true })}`);
    for (const inner of called) add(inner, `${shortName(inner)}.yml`);
  };
  add(first, 'default.yml');
  return files;
}

/** `logs-ot_zeek.common` → `common`, `ot_anomaly-author` → `author` */
function shortName(pipeline: string): string {
  return pipeline.replace(/^(logs-ot_zeek\.|ot_anomaly-)/, '');
}

/** The same body, in which calls of other pipelines have the form that Fleet replaces by the name it gave them. */
function rename(value: unknown, called: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, called));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      if (key !== 'pipeline' || typeof child !== 'object' || child === null || !('name' in child))
        return [key, rename(child, called)];
      const name = String(child.name);
      called.add(name);
      return [key, { ...child, name: `{{ IngestPipeline "${shortName(name)}" }}` }];
    }),
  );
}
