import { canonicalBytes } from '../registry/digest.js';

export interface Reference {
  readonly id: string;
  readonly name: string;
  readonly type: 'index-pattern' | 'tag' | 'dashboard' | 'search';
}

export type SavedObjectType = 'tag' | 'index-pattern' | 'search' | 'dashboard';

/** One line of an export of Kibana's. */
export interface SavedObject {
  readonly id: string;
  readonly type: SavedObjectType;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
  readonly managed: false;
  readonly coreMigrationVersion: string;
  readonly typeMigrationVersion: string;
}

/** The oldest forms that 9.x and late 8.x read: a Kibana refuses an object that is newer than itself. */
const TYPE_VERSIONS: Readonly<Record<SavedObjectType, string>> = {
  tag: '8.0.0',
  'index-pattern': '8.0.0',
  search: '10.5.0',
  dashboard: '10.2.0',
};

export function savedObject(
  type: SavedObjectType,
  id: string,
  attributes: Readonly<Record<string, unknown>>,
  references: readonly Reference[],
): SavedObject {
  return {
    id,
    type,
    attributes,
    references,
    managed: false,
    coreMigrationVersion: '8.8.0',
    typeMigrationVersion: TYPE_VERSIONS[type],
  };
}

/** One JSON object a line with its keys in order, so that equal objects give equal bytes. */
export function toNdjson(objects: readonly unknown[]): string {
  return objects.map((object) => `${canonicalBytes(object).toString('utf8')}\n`).join('');
}
