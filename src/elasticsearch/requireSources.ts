import type { Client, estypes } from '@elastic/elasticsearch';
import { aggregatedFields, queriedFields } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { ElasticsearchError, explaining } from './errors.js';

/**
 * Makes sure that a pattern holds rows that can be read through a profile, before anything else is done.
 *
 * @throws {ElasticsearchError} not_set_up: no index of the pattern has the profile's fields, or aggregations can't use one
 */
export async function requireSources(client: Client, index: string, profile: IndexProfile): Promise<void> {
  const needed = queriedFields(profile);
  const caps = await explaining(`looking for ${index}`, () =>
    client.fieldCaps({
      index,
      fields: [...new Set([...needed, ...aggregatedFields(profile)])],
      allow_no_indices: true,
    }),
  );
  const missing = needed.filter((field) => caps.fields[field] === undefined);
  if (missing.length > 0) {
    const found = Array.isArray(caps.indices) ? caps.indices.length : 0;
    throw new ElasticsearchError(
      'not_set_up',
      `expected source indices matching ${index} with ${missing.join(', ')} (profile ${profile.name}), found ${found} indices without`,
      'Check --profile, --namespace and --index ("ot-anomaly doctor" says which profile fits); with our own streams run "ot-anomaly setup" and bring logs in with "ot-anomaly ingest".',
    );
  }
  const unusable = unusableFields(caps.fields, aggregatedFields(profile));
  if (unusable.length > 0) {
    throw new ElasticsearchError(
      'not_set_up',
      `${index}: rows can't be counted by ${unusable.join(', ')}: text has no values to count`,
      'Write a profile that names the keyword beside it ({field: x.keyword, source: x}); docs/profiles.md says how.',
    );
  }
}

/** Fields that exist and that no aggregation can use in some index, each with its type there. */
export function unusableFields(
  caps: estypes.FieldCapsResponse['fields'],
  fields: readonly string[],
): readonly string[] {
  return fields.flatMap((field) => {
    const bad = Object.values(caps[field] ?? {}).find(
      ({ type, aggregatable }) => type !== 'unmapped' && !aggregatable,
    );
    return bad === undefined ? [] : [`${field} (${bad.type})`];
  });
}
