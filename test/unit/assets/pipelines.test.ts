import { describe, expect, it } from 'vitest';
import { pipelines } from '../../../src/setup/assets.js';
import { KNOWN_LOGS } from '../../../src/zeek/logTypes.js';

type Processor = Readonly<Record<string, unknown>>;

function processorsOf(
  body: Readonly<Record<string, unknown>>,
  key: 'processors' | 'on_failure',
): Processor[] {
  const list = body[key];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: Readonly<Record<string, Processor>>) => Object.values(entry));
}

describe.each(pipelines().map((asset) => [asset.name, asset.body] as const))('%s', (_, body) => {
  const all = [...processorsOf(body, 'processors'), ...processorsOf(body, 'on_failure')];

  it('gives each processor a tag of its own', () => {
    const tags = all.map(({ tag }) => tag);
    expect(tags.every((tag) => typeof tag === 'string' && tag !== '')).toBe(true);
    expect(tags.filter((tag, index) => tags.indexOf(tag) !== index)).toEqual([]);
  });

  it('marks what fails, with processor, tag, pipeline and message', () => {
    const onFailure = processorsOf(body, 'on_failure');
    expect(onFailure).toContainEqual(
      expect.objectContaining({ field: 'event.kind', value: 'pipeline_error' }),
    );
    const message = onFailure.find(({ field }) => field === 'error.message')?.['value'];
    for (const part of [
      '_ingest.on_failure_processor_type',
      '_ingest.on_failure_processor_tag',
      '_ingest.pipeline',
      '_ingest.on_failure_message',
    ])
      expect(message).toContain(part);
  });

  it('says what it is for, and calls only pipelines that ship', () => {
    expect(body['description']).toEqual(expect.stringMatching(/\w+ \w+/));
    const names = pipelines().map(({ name }) => name);
    for (const { name } of all) if (name !== undefined) expect(names).toContain(name);
  });
});

it('has a pipeline for each known log', () => {
  const names = pipelines().map(({ name }) => name);
  for (const log of KNOWN_LOGS) expect(names).toContain(`logs-ot_zeek.${log}`);
});
