import { DECISIONS_URL } from '../dataViews.js';
import { checkSpace, checkVersion } from './checkKibana.js';
import { type Imported, importObjects, importRules } from './importFile.js';
import type { AskKibana } from './kibanaClient.js';
import { KibanaError } from './kibanaError.js';
import { type Plan, planImport } from './planImport.js';

export interface InstallOptions {
  readonly space: string;
  readonly overwrite: boolean;
  readonly dryRun: boolean;
  /** where analysts reach the sidecar; its pages of alerts are linked to */
  readonly decisionsUrl?: string | undefined;
  /** NDJSON, as in `kibana-saved-objects/` */
  readonly objects: string;
  readonly rules: string;
}

export type InstallResult =
  | ({ readonly dryRun: true; readonly version: string } & Plan)
  | { readonly dryRun: false; readonly version: string; readonly objects: number; readonly rules: number };

/**
 * Imports the saved objects, then the rules. Running it again with `overwrite` brings both to this version.
 *
 * @throws {KibanaError} with every object and rule that was refused
 */
export async function installKibana(ask: AskKibana, options: InstallOptions): Promise<InstallResult> {
  const version = await checkVersion(ask);
  await checkSpace(ask, options.space);
  const api = options.space === 'default' ? '/api' : `/s/${options.space}/api`;
  const objects =
    options.decisionsUrl === undefined
      ? options.objects
      : options.objects.replaceAll(DECISIONS_URL, options.decisionsUrl);
  if (options.dryRun)
    return {
      dryRun: true,
      version,
      ...(await planImport(ask, api, parseLines(objects), parseLines(options.rules))),
    };
  const written = complete('saved objects', await importObjects(ask, api, objects, options.overwrite));
  const rules = complete('detection rules', await importRules(ask, api, options.rules, options.overwrite));
  return { dryRun: false, version, objects: written, rules };
}

function complete(what: string, { imported, refused, onlyConflicts }: Imported): number {
  if (refused.length === 0) return imported;
  throw new KibanaError(
    onlyConflicts ? 'conflict' : 'rejected',
    `${refused.length} ${what} were not imported, ${imported} were:\n${refused.join('\n')}`,
    onlyConflicts
      ? 'They exist already. Use --overwrite to bring them to this version: changes made in Kibana are lost.'
      : 'Mend what is named above and run it again with --overwrite.',
  );
}

function parseLines(ndjson: string): readonly unknown[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
