import type { Client, estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from '../elasticsearch/errors.js';
import { componentTemplates, indexTemplates } from './assets.js';
import type { Step } from './install.js';

type Mapping = estypes.MappingTypeMapping;

const templateSchema = z.object({
  composed_of: z.array(z.string()).default([]),
  template: z.object({ mappings: z.custom<Mapping>().optional() }).optional(),
});

/**
 * Brings fields that a newer version's templates name to streams that an older one made: a template speaks of new
 * indices only. Documents from before stay as they are; nothing is taken away; what is locked stays as it is.
 */
export async function ensureFields(client: Client, streams: readonly string[]): Promise<readonly Step[]> {
  if (streams.length === 0) return [];
  const found = await explaining('reading the mappings of the streams', () =>
    client.indices.getMapping({ index: [...streams] }),
  );
  const locked = await lockedIndices(client, streams);
  const steps: Step[] = [];
  for (const name of streams) {
    const mappings = mappingsOf(name);
    const wanted = mappings.flatMap((mapping) => fieldPaths(mapping));
    const lacking = Object.entries(found)
      .filter(([backing]) => isBacking(backing, name) && !locked.has(backing))
      .filter(([, { mappings: installed }]) => {
        const has = new Set(fieldPaths(installed));
        return wanted.some((field) => !has.has(field));
      })
      .map(([backing]) => backing);
    if (lacking.length === 0) continue;
    await explaining(`bringing new fields to ${name}`, async () => {
      for (const { properties } of mappings)
        if (properties !== undefined) await client.indices.putMapping({ index: lacking, properties });
    });
    steps.push({ what: 'data stream', name, change: 'updated' });
  }
  return steps;
}

/** Indices under legal hold (`lockIndex`), which take no change. */
export async function lockedIndices(
  client: Client,
  streams: readonly string[],
): Promise<ReadonlySet<string>> {
  const settings = await explaining('reading which indices are locked', () =>
    client.indices.getSettings({ index: [...streams], name: 'index.blocks.read_only' }),
  );
  return new Set(Object.keys(settings));
}

/** What the stream's template and its components map, in the order in which they are put together. */
function mappingsOf(stream: string): readonly Mapping[] {
  const template = indexTemplates().find(({ name }) => stream.startsWith(`${name}-`));
  const { composed_of, template: own } = templateSchema.parse(template?.body ?? {});
  const components = componentTemplates();
  const bodies = composed_of.flatMap((name) => components.find((one) => one.name === name)?.body ?? []);
  return [...bodies.map((body) => templateSchema.parse(body).template), own].flatMap(
    (part) => part?.mappings ?? [],
  );
}

/** Every field with its parents: `event`, `event.action`. */
function fieldPaths({ properties }: Mapping, parent = ''): readonly string[] {
  return Object.entries(properties ?? {}).flatMap(([name, property]) => {
    const path = `${parent}${name}`;
    const children = 'properties' in property && property.properties !== undefined ? property : undefined;
    return [
      path,
      ...(children === undefined ? [] : fieldPaths({ properties: children.properties ?? {} }, `${path}.`)),
    ];
  });
}

/** `.ds-<stream>-<date>-<number>` */
function isBacking(index: string, stream: string): boolean {
  return (
    index.startsWith(`.ds-${stream}-`) && /^\d{4}\.\d{2}\.\d{2}-\d+$/.test(index.slice(stream.length + 5))
  );
}
