import { toDashboard } from './dashboard.js';
import { DASHBOARDS } from './dashboards/index.js';
import { toDataView } from './dataView.js';
import { DATA_VIEWS } from './dataViews.js';
import { toDetectionRule } from './rules/detectionRule.js';
import { RULES } from './rules/index.js';
import { type SavedObject, toNdjson } from './savedObject.js';
import { toSavedSearch } from './savedSearch.js';
import { SEARCHES } from './searches.js';
import { TAGS, toTag } from './tags.js';

/** Every saved object that ships, what is referred to before what refers. */
export function savedObjects(): readonly SavedObject[] {
  return [
    ...Object.values(TAGS).map(toTag),
    ...DATA_VIEWS.map(toDataView),
    ...SEARCHES.map(toSavedSearch),
    ...DASHBOARDS.map(toDashboard),
  ];
}

/** The files of `kibana-saved-objects/`, by name. */
export function kibanaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['ot-anomaly.ndjson', toNdjson(savedObjects())],
    ['detection-rules.ndjson', toNdjson(RULES.map(toDetectionRule))],
  ]);
}
