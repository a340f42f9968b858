import type { Client } from '@elastic/elasticsearch';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { readImports, writeImport } from '../elasticsearch/maintenanceStore.js';
import type { MaintenanceWindow } from '../maintenance/window.js';
import { canonicalBytes, sha256 } from '../registry/digest.js';

export interface ImportedCalendar {
  readonly windows: number;
  /** of the import that was in force until now */
  readonly before: number;
  readonly changed: boolean;
}

/**
 * Puts a calendar's windows in force in the place of those of its earlier import, which stay as documents. The same
 * windows again write nothing.
 */
export async function importMaintenance(
  client: Client,
  namespace: string,
  calendar: string,
  windows: readonly MaintenanceWindow[],
  now: Date,
): Promise<ImportedCalendar> {
  const earlier = (await readImports(client, namespace)).find((one) => one.calendar === calendar);
  const digest = sha256(canonicalBytes(windows));
  const before = earlier?.windows ?? 0;
  if (earlier?.sha256 === digest) return { windows: windows.length, before, changed: false };
  const id = sha256(canonicalBytes({ calendar, digest, at: now.toISOString() })).slice(0, 40);
  const { rejected } = await writeImport(
    client,
    namespace,
    { calendar, import: id, sha256: digest },
    windows,
    now,
  );
  const refused = rejected[0];
  if (refused !== undefined)
    throw new ElasticsearchError(
      'rejected',
      `${rejected.length} of ${windows.length} windows were refused, the first with: ${refused.reason}`,
      'The calendar that was in force still is. Run "ot-anomaly setup", then import again.',
    );
  return { windows: windows.length, before, changed: true };
}
