import type { Client } from '@elastic/elasticsearch';
import { aggregatedFields, columnSpec, describedLog, logsOf, queriedFields } from '../../profiles/queries.js';
import type { IndexProfile } from '../../profiles/schema.js';
import { SCORED_LOG_TYPES, structureColumns } from '../../zeek/scoredLogs.js';
import { ElasticsearchError, explaining } from '../errors.js';
import { unusableFields } from '../requireSources.js';

/** How an index pattern's mappings fit a profile. */
export interface Fit {
  readonly readable: boolean;
  readonly indices: number;
  /** fields without which nothing can be read */
  readonly missing: readonly string[];
  /** text fields: no aggregation counts by them */
  readonly unusable: readonly string[];
  /** by log: columns that tell relations apart and that no index maps */
  readonly notIndexed: Readonly<Record<string, readonly string[]>>;
}

export async function readFit(client: Client, index: string, profile: IndexProfile): Promise<Fit> {
  const needed = queriedFields(profile);
  const counted = aggregatedFields(profile);
  const caps = await explaining(`looking at the mappings of ${index}`, () =>
    client.fieldCaps({
      index,
      fields: [...new Set([...needed, ...counted])],
      allow_no_indices: true,
      ignore_unavailable: true,
    }),
  ).catch((error: unknown) => {
    // A credential without any right on any index is refused outright.
    if (error instanceof ElasticsearchError && error.code === 'forbidden') return undefined;
    throw error;
  });
  if (caps === undefined)
    return { readable: false, indices: 0, missing: needed, unusable: [], notIndexed: {} };
  const indices = Array.isArray(caps.indices) ? caps.indices.length : 0;
  return {
    // What may not be read looks like what isn't there.
    readable: indices > 0 || (await mayRead(client, index)),
    indices,
    missing: needed.filter((field) => caps.fields[field] === undefined),
    unusable: unusableFields(caps.fields, counted),
    notIndexed: notIndexed(profile, (field) => caps.fields[field] !== undefined),
  };
}

/** Whether this credential may read any of the patterns. */
async function mayRead(client: Client, index: string): Promise<boolean> {
  const { index: found } = await explaining('asking what may be read', () =>
    client.security.hasPrivileges({ index: [{ names: index.split(','), privileges: ['read'] }] }),
  );
  return Object.values(found).some(({ read }) => read === true);
}

function notIndexed(profile: IndexProfile, isMapped: (field: string) => boolean): Fit['notIndexed'] {
  const byLog = logsOf(profile).map((log) => {
    const described = describedLog(profile, log);
    const columns = structureColumns(SCORED_LOG_TYPES[log]).filter((column) => {
      const spec = described.columns[column] ?? undefined;
      return spec !== undefined && !isMapped((columnSpec(described, column) ?? spec).field);
    });
    return [log, columns] as const;
  });
  return Object.fromEntries(byLog.filter(([, columns]) => columns.length > 0));
}
