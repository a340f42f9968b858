import { EcsFlat } from '@elastic/ecs';
import { type MappedField, mappedFieldsOf } from '../kibana/mappedFields.js';
import { describeField } from './describeField.js';

/** A field as an integration package defines it; names are dotted. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly [setting: string]: unknown;
}

interface EcsField {
  readonly short: string;
  readonly type: string;
}
const ECS = EcsFlat as unknown as Readonly<Record<string, EcsField>>;

/** Settings of a mapping that a package's field definition has under the same name. */
const SETTINGS = ['ignore_above', 'ignore_malformed', 'index', 'doc_values', 'enabled'] as const;

/** Fields that Fleet sets itself demand this form: it tells streams apart by them. */
const DATA_STREAM = /^data_stream\.(type|dataset|namespace)$/;

/** Every field that an index template maps, in two parts: those of ECS and our own. */
export function fieldDefinitions(template: string): {
  readonly ecs: readonly FieldDefinition[];
  readonly own: readonly FieldDefinition[];
} {
  const fields = [...mappedFieldsOf(template)].filter(([name]) => !isSubfield(name, template));
  const defined = fields
    .map(([name, field]) => define(name, field))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ecs: defined.filter(({ name }) => isEcs(name)),
    own: defined.filter(({ name }) => !isEcs(name)),
  };
}

export function isEcs(name: string): boolean {
  return ECS[name] !== undefined;
}

/** `justification.keyword`: another way to index the same value, defined with it. */
function isSubfield(name: string, template: string): boolean {
  const parent = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  const mapping = mappedFieldsOf(template).get(parent)?.mapping;
  return mapping !== undefined && mapping['fields'] !== undefined;
}

/** @throws {TypeError} if nobody has described the field */
function define(name: string, { type, mapping }: MappedField): FieldDefinition {
  const subfields = Object.entries((mapping['fields'] ?? {}) as Readonly<Record<string, object>>);
  return {
    name,
    // Fleet reads these to know where a document belongs.
    type: DATA_STREAM.test(name) ? 'constant_keyword' : type,
    description: ECS[name]?.short ?? describeField(name),
    ...(DATA_STREAM.test(name)
      ? {}
      : Object.fromEntries(
          SETTINGS.flatMap((key) => (mapping[key] === undefined ? [] : [[key, mapping[key]]])),
        )),
    ...(subfields.length === 0
      ? {}
      : { multi_fields: subfields.map(([key, settings]) => ({ name: key, ...settings })) }),
  };
}
