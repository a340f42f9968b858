import { describe, expect, it } from 'vitest';
import { type Asset, componentTemplates, indexTemplates } from '../../../src/setup/assets.js';
import { findLogType, KNOWN_LOGS } from '../../../src/zeek/logTypes.js';
import { mappedFields, mappingProblems } from '../../fixtures/ecs.js';

const TYPE: Readonly<Record<string, string>> = {
  bool: 'boolean',
  count: 'long',
  int: 'long',
  port: 'long',
  double: 'double',
  interval: 'double',
  string: 'keyword',
  enum: 'keyword',
  addr: 'keyword',
};

const mappingsOf = ({ body }: Asset) =>
  (body['template'] as Record<string, unknown> | undefined)?.['mappings'];

function find(assets: readonly Asset[], name: string): Asset {
  const asset = assets.find((candidate) => candidate.name === name);
  if (asset === undefined) throw new Error(`no file for ${name}`);
  return asset;
}

it('maps common fields as ECS does', () => {
  expect(mappingProblems(mappedFields(mappingsOf(find(componentTemplates(), 'ot_zeek-common'))))).toEqual([]);
});

describe.each(KNOWN_LOGS)('%s', (log) => {
  it('maps every known column by its type', () => {
    const mapped = mappedFields(mappingsOf(find(componentTemplates(), `ot_zeek-${log}`)));
    const columns = Object.entries(findLogType(log)?.columns ?? {});
    const expected = columns.map(([name, type]) => {
      const element = /^(?:set|vector)\[(.+)\]$/.exec(type)?.[1] ?? type;
      return [`zeek.${log}.${name}`, TYPE[element]];
    });
    expect(Object.fromEntries(mapped)).toEqual(Object.fromEntries(expected));
  });

  it('is a data stream of its own with its own pipeline', () => {
    expect(find(indexTemplates(), `logs-ot_zeek.${log}`).body).toEqual({
      index_patterns: [`logs-ot_zeek.${log}-*`],
      priority: 250,
      data_stream: {},
      composed_of: ['ot_zeek-common', `ot_zeek-${log}`],
      template: { settings: { index: { default_pipeline: `logs-ot_zeek.${log}` } } },
    });
  });
});
