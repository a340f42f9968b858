import { type FieldDefinition, fieldDefinitions } from './fieldDefinitions.js';
import { packageManifest } from './manifest.js';
import type { PackagedStream } from './streams.js';

/** `docs/README.md`, which Kibana shows with the integration: what is collected, how it is set up, every field. */
export function readme(
  streams: readonly PackagedStream[],
  sampleEvents: ReadonlyMap<string, string>,
): string {
  const { title, version } = packageManifest();
  return `# ${title}

Logs of Zeek and of ICSNPP's parsers from industrial networks, and what
[ot-anomaly-detector](https://www.npmjs.com/package/ot-anomaly-detector) ${version} writes about them. The integration
holds data streams, ingest pipelines, dashboards and detection rules. It **detects nothing by itself**: the detectors
run outside of Elasticsearch, with keys that can only add documents.

## Set-up

1. Run \`ot-anomaly setup\` once as an administrator, before or after this integration is installed. An integration may
   not name a final pipeline: Fleet puts its own in that place. The pipelines of this integration that stamp who wrote a
   decision are therefore default pipelines, which a writer can leave out by asking for \`pipeline=_none\`. Set-up's index
   templates have priority 250 and rule over the ones of this integration (200), and it gives streams that are there
   already the final pipelines, which nobody can leave out. **Without set-up anybody who may write to a stream can claim
   any name in it.**
2. Add the integration to the agent policy of each sensor and give it the paths of Zeek's logs. Zeek must write JSON
   (\`@load policy/tuning/json-logs\`).
3. \`ot-anomaly train\` after 30 days, then \`ot-anomaly score --follow\`.

No part needs a paid licence. The transform *newest_word* is optional and isn't started: where it is wanted, start it
under **Stack Management → Transforms** (with the rights of who installed the integration; *Reauthorize* gives it yours).
It writes to the index that \`ot-anomaly kibana transform\` writes to: have one of the two.

## Data streams

${streams.map((stream) => section(stream, sampleEvents.get(stream.folder))).join('\n')}`;
}

function section(
  { folder, title, type, dataset, template }: PackagedStream,
  sample: string | undefined,
): string {
  const { ecs, own } = fieldDefinitions(template.name);
  const example =
    sample === undefined
      ? ''
      : `\nAn example event for \`${folder}\`:\n\n\`\`\`json\n${sample.trimEnd()}\n\`\`\`\n`;
  return `### ${title}

Stream \`${type}-${dataset}-<namespace>\`.
${example}
| Field | Description | Type |
| --- | --- | --- |
${[...ecs, ...own].map(row).join('\n')}
`;
}

function row({ name, description, type }: FieldDefinition): string {
  return `| ${name} | ${description.replaceAll('|', '\\|').replaceAll('\n', ' ')} | ${type} |`;
}
