import { type Asset, componentTemplates, indexTemplates } from '../setup/assets.js';

/** A field as the templates map it. */
export interface MappedField {
  readonly type: string;
  /** false: it is kept in `_source` and can't be searched */
  readonly indexed: boolean;
  /** as the template has it, with its own subfields */
  readonly mapping: Readonly<Record<string, unknown>>;
}

export type MappedFields = ReadonlyMap<string, MappedField>;

let templates: { readonly index: readonly Asset[]; readonly components: readonly Asset[] } | undefined;

/**
 * Every field that an index template and its components map, by full name.
 *
 * @param template such as `logs-ot_anomaly.anomaly`
 * @throws {TypeError} if there is no such template
 */
export function mappedFieldsOf(template: string): MappedFields {
  templates ??= { index: indexTemplates(), components: componentTemplates() };
  const found = templates.index.find(({ name }) => name === template);
  if (found === undefined) throw new TypeError(`there is no index-templates/${template}.yml`);
  const composedOf = found.body['composed_of'];
  const fields = new Map<string, MappedField>();
  for (const name of Array.isArray(composedOf) ? composedOf : []) {
    const component = templates.components.find((candidate) => candidate.name === name);
    if (component === undefined) throw new TypeError(`${template} names a component ${name} without a file`);
    collect(child(child(component.body, 'template'), 'mappings'), '', fields);
  }
  collect(child(child(found.body, 'template'), 'mappings'), '', fields);
  return fields;
}

function collect(mapping: unknown, prefix: string, into: Map<string, MappedField>): void {
  for (const key of ['properties', 'fields'] as const) {
    const children = child(mapping, key);
    if (typeof children !== 'object' || children === null) continue;
    for (const [name, field] of Object.entries(children)) {
      const type = child(field, 'type');
      const full = `${prefix}${name}`;
      if (typeof type === 'string') {
        const indexed = child(field, 'index') !== false && child(field, 'enabled') !== false;
        into.set(full, { type, indexed, mapping: field as Readonly<Record<string, unknown>> });
      }
      collect(field, `${full}.`, into);
    }
  }
}

function child(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
