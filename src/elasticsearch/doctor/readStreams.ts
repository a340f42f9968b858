import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { componentTemplates, indexTemplates } from '../../setup/assets.js';
import { ElasticsearchError, explaining } from '../errors.js';

/** A stream of ours that isn't as this version would set it up. */
export interface StreamProblem {
  readonly stream: string;
  /** fields that the template of this version maps and the stream doesn't; undefined: there is no such stream */
  readonly unmapped: readonly string[] | undefined;
}

const mappings = z.object({
  template: z.object({ mappings: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
});
const composed = z.object({ composed_of: z.array(z.string()).default([]) });

/** Looks at the streams that a part writes to, as far as the credential may read them. */
export async function readStreams(
  client: Client,
  datasets: readonly string[],
  namespace: string,
): Promise<readonly StreamProblem[]> {
  const problems: StreamProblem[] = [];
  for (const dataset of datasets) {
    const stream = `${dataset}-${namespace}`;
    const expected = templateFields(dataset);
    try {
      const { fields } = await explaining(`looking at ${stream}`, () =>
        client.fieldCaps({ index: stream, fields: [...expected] }),
      );
      const unmapped = expected.filter((field) => fields[field] === undefined);
      if (unmapped.length > 0) problems.push({ stream, unmapped });
    } catch (error) {
      if (!(error instanceof ElasticsearchError)) throw error;
      if (error.code === 'not_found') problems.push({ stream, unmapped: undefined });
      else if (error.code !== 'forbidden') throw error;
    }
  }
  return problems;
}

/** Every field that the template of a stream and its components map. */
function templateFields(name: string): readonly string[] {
  const template = indexTemplates().find((asset) => asset.name === name);
  if (template === undefined) throw new Error(`there is no template ${name}`);
  const { composed_of } = composed.parse(template.body);
  const parts = [...componentTemplates().filter((asset) => composed_of.includes(asset.name)), template];
  return parts.flatMap(({ body }) => {
    const parsed = mappings.safeParse(body);
    return parsed.success ? leaves(parsed.data.template.mappings.properties, '') : [];
  });
}

function leaves(properties: Readonly<Record<string, unknown>>, prefix: string): readonly string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const parsed = z
      .object({ properties: z.record(z.string(), z.unknown()).optional(), enabled: z.boolean().optional() })
      .safeParse(field);
    if (!parsed.success || parsed.data.enabled === false) return [];
    return parsed.data.properties === undefined ? [path] : leaves(parsed.data.properties, `${path}.`);
  });
}
