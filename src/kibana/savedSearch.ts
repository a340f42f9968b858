import { dataViewId, type KibanaDataView, typeOf } from './dataView.js';
import { lucene } from './lens/column.js';
import { type SavedObject, savedObject } from './savedObject.js';
import { objectId } from './stableId.js';
import { type Tag, tagReferences } from './tags.js';

/** Documents as rows: a view of Discover. */
export interface SavedSearch {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly view: KibanaDataView;
  /** in Lucene's language */
  readonly where: string;
  readonly columns: readonly string[];
  readonly tags: readonly Tag[];
}

const INDEX_REFERENCE = 'kibanaSavedObjectMeta.searchSourceJSON.index';

export function toSavedSearch(search: SavedSearch): SavedObject {
  // Discover shows what it finds in _source too; what a column names must be mapped all the same.
  for (const field of search.columns) if (field !== 'message') typeOf(search.view, field);
  return savedObject(
    'search',
    objectId(search.name),
    {
      title: search.title,
      description: search.description,
      columns: search.columns,
      sort: [[search.view.timeField ?? '@timestamp', 'desc']],
      grid: {},
      hideChart: false,
      isTextBasedQuery: false,
      timeRestore: false,
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({
          query: lucene(search.where),
          filter: [],
          highlightAll: true,
          version: true,
          indexRefName: INDEX_REFERENCE,
        }),
      },
    },
    [
      { id: dataViewId(search.view), name: INDEX_REFERENCE, type: 'index-pattern' },
      ...tagReferences(search.tags),
    ],
  );
}
