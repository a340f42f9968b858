import { dump } from 'js-yaml';
import { z } from 'zod';
import { componentTemplates } from '../setup/assets.js';
import { fieldDefinitions } from './fieldDefinitions.js';
import { pipelineFiles } from './pipelines.js';
import type { PackagedStream } from './streams.js';

const templateSchema = z.object({
  composed_of: z.array(z.string()).default([]),
  template: z.object({ settings: z.object({ index: z.record(z.string(), z.unknown()) }).optional() }),
});
/** Fleet names pipelines itself. */
const OF_FLEET = new Set(['default_pipeline', 'final_pipeline']);

export const yaml = (value: unknown): string => dump(value, { lineWidth: 110, noRefs: true });

/** The files of a data stream, by path within its folder. */
export function dataStreamFiles(
  stream: PackagedStream,
  sampleEvent: string | undefined,
): ReadonlyMap<string, string> {
  const { ecs, own } = fieldDefinitions(stream.template.name);
  const files = new Map<string, string>([
    ['manifest.yml', yaml(manifest(stream))],
    ['fields/ecs.yml', yaml(ecs)],
    ['fields/fields.yml', yaml(own)],
  ]);
  for (const [name, text] of pipelineFiles(stream.template))
    files.set(`elasticsearch/ingest_pipeline/${name}`, text);
  if (stream.log !== undefined) files.set('agent/stream/filestream.yml.hbs', AGENT);
  if (sampleEvent !== undefined) files.set('sample_event.json', sampleEvent);
  return files;
}

function manifest({ title, type, dataset, template, log }: PackagedStream) {
  return {
    title,
    type,
    dataset,
    elasticsearch: {
      index_template: {
        settings: { index: indexSettings(template.body) },
        mappings: { dynamic: false },
      },
    },
    ...(log === undefined ? {} : { streams: [agentStream(log)] }),
  };
}

function indexSettings(body: unknown): Readonly<Record<string, unknown>> {
  const { composed_of, template } = templateSchema.parse(body);
  const components = componentTemplates().filter(({ name }) => composed_of.includes(name));
  const all = [...components.map((component) => templateSchema.parse(component.body).template), template].map(
    ({ settings }) => settings?.index ?? {},
  );
  return Object.fromEntries(
    all.flatMap((index) => Object.entries(index)).filter(([key]) => !OF_FLEET.has(key)),
  );
}

function agentStream(log: string) {
  return {
    input: 'filestream',
    title: `Zeek ${log}.log`,
    description: `Reads ${log}.log as JSON lines.`,
    template_path: 'filestream.yml.hbs',
    enabled: log === 'conn' || log === 'modbus',
    vars: [
      {
        name: 'paths',
        type: 'text',
        title: 'Paths',
        multi: true,
        required: true,
        show_user: true,
        default: [`/opt/zeek/logs/current/${log}.log`],
      },
      {
        name: 'sensor',
        type: 'text',
        title: 'Name of the sensor',
        description: 'Intervals are compared within one sensor.',
        multi: false,
        required: false,
        show_user: true,
      },
      {
        name: 'tags',
        type: 'text',
        title: 'Tags',
        description: 'With preserve_original_event the row’s text is kept as event.original.',
        multi: true,
        required: false,
        show_user: false,
        default: ['forwarded'],
      },
    ],
  };
}

/** Zeek's JSON lines go to the pipeline as they are: it parses them and keeps what it can't read. */
const AGENT = `paths:
{{#each paths as |path|}}
  - {{path}}
{{/each}}
prospector.scanner.exclude_files: ['\\.gz$']
{{#if tags}}
tags:
{{#each tags as |tag|}}
  - {{tag}}
{{/each}}
{{/if}}
{{#if sensor}}
processors:
  - add_fields:
      target: observer
      fields:
        name: {{sensor}}
{{/if}}
`;
