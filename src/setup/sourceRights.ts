import { createHash } from 'node:crypto';
import { DEFAULT_PROFILE, loadProfile } from '../profiles/load.js';
import { patternsOf } from '../profiles/queries.js';
import type { Role } from './assets.js';

/** What role files name for source rows: our own streams. */
const OWN_SOURCES = 'logs-ot_zeek.*';

/** The parts that read source rows through a profile. */
const READERS: ReadonlySet<string> = new Set([
  'ot_anomaly_scorer',
  'ot_anomaly_trainer',
  'ot_anomaly_registry',
]);

/** The index patterns of profiles, for every site (roles are the cluster's, not a namespace's). */
export function sourcePatterns(profiles: readonly string[]): readonly string[] {
  return [
    ...new Set(
      profiles.flatMap((name) =>
        name === DEFAULT_PROFILE ? [OWN_SOURCES] : patternsOf(loadProfile(name), '*'),
      ),
    ),
  ];
}

/**
 * The role of a part that reads sources, with `read` on these patterns instead of on our own streams, and nothing more.
 * Other roles stay as their files have them.
 */
export function withSources(role: Role, patterns: readonly string[]): Role {
  const asInFile = patterns.length === 1 && patterns[0] === OWN_SOURCES;
  if (asInFile || !READERS.has(role.name)) return role;
  const indices = role.indices.map(({ names, privileges }) => ({
    names: names.flatMap((name) => (name === OWN_SOURCES ? patterns : [name])),
    privileges,
  }));
  const sha256 = createHash('sha256')
    .update(`${role.sha256}\n${JSON.stringify(indices)}`)
    .digest('hex');
  return { ...role, indices, sha256, sources: patterns };
}
