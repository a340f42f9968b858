import { NEWEST_OF, newestWordDigest, newestWordTransform } from '../kibana/transform/newestWord.js';
import { yaml } from './dataStream.js';
import { type FieldDefinition, fieldDefinitions } from './fieldDefinitions.js';
import { packageVersion } from './manifest.js';

const FOLDER = 'elasticsearch/transform/newest_word';

/** The files of the optional transform, by path within the package. */
export function transformFiles(): ReadonlyMap<string, string> {
  const definitions = NEWEST_OF.map(fieldDefinitions);
  return new Map([
    [`${FOLDER}/manifest.yml`, yaml(MANIFEST)],
    [
      `${FOLDER}/transform.yml`,
      yaml({
        ...newestWordTransform(),
        _meta: {
          managed: true,
          fleet_transform_version: packageVersion(),
          sha256: newestWordDigest(),
          // Kibana's own user may not read these streams: it runs with the rights of who installs the package.
          run_as_kibana_system: false,
        },
      }),
    ],
    [`${FOLDER}/fields/ecs.yml`, yaml(united(definitions.map(({ ecs }) => ecs)))],
    [`${FOLDER}/fields/fields.yml`, yaml(united(definitions.map(({ own }) => own)))],
  ]);
}

/** Optional: somebody who wants it starts it, under Stack Management → Transforms. */
const MANIFEST = {
  start: false,
  destination_index_template: { mappings: { dynamic: false } },
};

/** Each field once; documents of several streams lie in this index, so none of its fields is constant. */
function united(lists: readonly (readonly FieldDefinition[])[]): readonly FieldDefinition[] {
  const byName = new Map(lists.flat().map((field) => [field.name, field]));
  return [...byName.values()]
    .map((field) => (field.type === 'constant_keyword' ? { ...field, type: 'keyword' } : field))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
