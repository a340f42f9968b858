import { z } from 'zod';
import type { AskKibana, KibanaAnswer } from './kibanaClient.js';
import { KibanaError } from './kibanaError.js';

/** What Kibana said of one file. */
export interface Imported {
  readonly imported: number;
  /** a sentence for each object or rule that was not taken */
  readonly refused: readonly string[];
  /** whether nothing but existing ones stood in the way */
  readonly onlyConflicts: boolean;
}

const objectsAnswer = z.object({
  successCount: z.int(),
  errors: z
    .array(
      z.object({
        type: z.string(),
        id: z.string(),
        error: z.looseObject({ type: z.string(), message: z.string().optional() }),
      }),
    )
    .default([]),
});
const rulesAnswer = z.object({
  success_count: z.int(),
  errors: z
    .array(
      z.object({
        rule_id: z.string().default(''),
        error: z.object({ status_code: z.int(), message: z.string() }),
      }),
    )
    .default([]),
});
const failure = z.object({ message: z.string() });

/** Imports saved objects: all of them, or those that nothing stands in the way of. */
export async function importObjects(
  ask: AskKibana,
  api: string,
  ndjson: string,
  overwrite: boolean,
): Promise<Imported> {
  const path = `${api}/saved_objects/_import?overwrite=${overwrite}`;
  const answer = await ask('POST', path, multipart('ot-anomaly.ndjson', ndjson));
  const parsed = objectsAnswer.safeParse(answer.body);
  if (!parsed.success) throw refusal('saved objects', answer);
  const { successCount, errors } = parsed.data;
  return {
    imported: successCount,
    refused: errors.map(({ type, id, error }) => `${type} ${id}: ${error.message ?? error.type}`),
    onlyConflicts: errors.every(({ error }) => error.type === 'conflict'),
  };
}

/** Imports detection rules: all of them, or those that nothing stands in the way of. */
export async function importRules(
  ask: AskKibana,
  api: string,
  ndjson: string,
  overwrite: boolean,
): Promise<Imported> {
  const path = `${api}/detection_engine/rules/_import?overwrite=${overwrite}`;
  const answer = await ask('POST', path, multipart('detection-rules.ndjson', ndjson));
  const parsed = rulesAnswer.safeParse(answer.body);
  if (!parsed.success) throw refusal('detection rules', answer);
  const { success_count, errors } = parsed.data;
  return {
    imported: success_count,
    refused: errors.map(({ rule_id, error }) => `rule ${rule_id}: ${error.message}`),
    onlyConflicts: errors.every(({ error }) => error.status_code === 409),
  };
}

function refusal(what: string, { status, body }: KibanaAnswer): KibanaError {
  const parsed = failure.safeParse(body);
  const said = parsed.success ? parsed.data.message : 'no reason in JSON';
  const newer = /more recent version of Kibana/.test(said);
  return new KibanaError(
    newer ? 'unsupported_version' : 'rejected',
    `Kibana refused the ${what} (HTTP ${status}): ${said}`,
    newer
      ? 'Upgrade Kibana: the files are for 9.x and late 8.x.'
      : 'Nothing of this file was imported. Import it by hand to see more: docs/kibana.md says how.',
  );
}

/** The only form of upload that Kibana takes; the boundary is in none of our files. */
function multipart(name: string, text: string): { readonly type: string; readonly bytes: Buffer } {
  const boundary = '----ot-anomaly-6f1d0c2b9a';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/ndjson\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.from(`${head}${text}\r\n--${boundary}--\r\n`, 'utf8'),
  };
}
