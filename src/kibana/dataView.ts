import { type MappedField, type MappedFields, mappedFieldsOf } from './mappedFields.js';
import { type SavedObject, savedObject } from './savedObject.js';
import { objectId } from './stableId.js';

/** How Kibana shows a field's values: the id and parameters of one of its formatters. */
export interface FieldFormat {
  readonly id: 'number' | 'duration' | 'bytes' | 'percent' | 'url';
  readonly params: Readonly<Record<string, unknown>>;
}

/** A field that is computed from others when it is asked for. */
export interface RuntimeField {
  readonly type: 'keyword' | 'long';
  /** Painless */
  readonly script: string;
}

/** A set of streams that are looked at together. */
export interface KibanaDataView {
  readonly name: string;
  readonly label: string;
  /** index templates whose streams it takes in, such as `logs-ot_anomaly.anomaly` */
  readonly templates: readonly string[];
  /** a shorter pattern that names the same streams */
  readonly pattern?: string;
  /** what its documents are ordered and filtered by in time; `@timestamp` by default */
  readonly timeField?: string;
  readonly formats?: Readonly<Record<string, FieldFormat>>;
  readonly runtimeFields?: Readonly<Record<string, RuntimeField>>;
  /** field → the words that stand for it in Discover */
  readonly labels?: Readonly<Record<string, string>>;
}

export function dataViewId(view: KibanaDataView): string {
  return objectId(view.name);
}

/** The index pattern of all namespaces, or of one. */
export function indexPattern(view: KibanaDataView, namespace = '*'): string {
  const names = view.pattern === undefined ? view.templates : [view.pattern];
  return names.map((name) => `${name}-${namespace}`).join(',');
}

const known = new WeakMap<KibanaDataView, MappedFields>();

/** Every field of a data view: what its templates map, and its runtime fields. */
export function fieldsOf(view: KibanaDataView): MappedFields {
  const found = known.get(view);
  if (found !== undefined) return found;
  const runtime = Object.entries(view.runtimeFields ?? {}).map(([name, { type }]): [string, MappedField] => [
    name,
    { type, indexed: true, mapping: {} },
  ]);
  const fields = new Map([...view.templates.flatMap((name) => [...mappedFieldsOf(name)]), ...runtime]);
  known.set(view, fields);
  return fields;
}

/** @throws {TypeError} if the data view has no such field: a description is wrong */
export function typeOf(view: KibanaDataView, field: string): string {
  const found = fieldsOf(view).get(field);
  if (found?.indexed === true) return found.type;
  throw new TypeError(`the data view ${view.name} has no field ${field} that can be searched`);
}

export function toDataView(view: KibanaDataView): SavedObject {
  const named = [...Object.keys(view.formats ?? {}), ...Object.keys(view.labels ?? {})];
  for (const field of [...named, ...(view.timeField === undefined ? [] : [view.timeField])])
    typeOf(view, field);
  return savedObject(
    'index-pattern',
    dataViewId(view),
    {
      title: indexPattern(view),
      name: view.label,
      timeFieldName: view.timeField ?? '@timestamp',
      fieldFormatMap: JSON.stringify(view.formats ?? {}),
      fieldAttrs: JSON.stringify(
        Object.fromEntries(
          Object.entries(view.labels ?? {}).map(([field, customLabel]) => [field, { customLabel }]),
        ),
      ),
      runtimeFieldMap: JSON.stringify(runtimeMappings(view)),
      fields: '[]',
      sourceFilters: '[]',
      typeMeta: '{}',
      allowHidden: false,
      allowNoIndex: true,
    },
    [],
  );
}

/** The runtime fields as Elasticsearch's search API takes them. */
export function runtimeMappings(view: KibanaDataView) {
  return Object.fromEntries(
    Object.entries(view.runtimeFields ?? {}).map(([name, { type, script }]) => [
      name,
      { type, script: { source: script } },
    ]),
  );
}
