import { savedObjects } from '../kibana/files.js';
import { ruleId, toDetectionRule } from '../kibana/rules/detectionRule.js';
import { RULES } from '../kibana/rules/index.js';
import type { SavedObjectType } from '../kibana/savedObject.js';

const FOLDERS: Readonly<Record<SavedObjectType, string>> = {
  tag: 'tag',
  'index-pattern': 'index_pattern',
  search: 'search',
  dashboard: 'dashboard',
};

/** Each saved object and rule as a file of its own, by path within `kibana/`. */
export function kibanaAssets(): ReadonlyMap<string, string> {
  const objects = savedObjects().map(({ managed: _, ...object }): readonly [string, unknown] => [
    `${FOLDERS[object.type]}/${object.id}.json`,
    object,
  ]);
  const rules = RULES.map((rule): readonly [string, unknown] => {
    const {
      enabled: _enabled,
      actions: _actions,
      exceptions_list: _list,
      ...attributes
    } = toDetectionRule(rule);
    const id = `${ruleId(rule)}_${String(attributes['version'])}`;
    return [`security_rule/${id}.json`, { id, type: 'security-rule', attributes, references: [] }];
  });
  return new Map(
    [...objects, ...rules].map(([path, object]) => [path, `${JSON.stringify(object, undefined, 2)}\n`]),
  );
}
