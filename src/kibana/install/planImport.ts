import { z } from 'zod';
import type { AskKibana } from './kibanaClient.js';
import { KibanaError } from './kibanaError.js';

/** What an import would meet. */
export interface Plan {
  /** `dashboard ot_anomaly-ot-overview`, `rule <id>` */
  readonly missing: readonly string[];
  readonly existing: readonly string[];
}

const object = z.object({ type: z.string(), id: z.string() });
const bulkGet = z.object({
  saved_objects: z.array(z.object({ type: z.string(), id: z.string(), error: z.unknown().optional() })),
});
const rule = z.object({ rule_id: z.string() });

/** Looks which objects and rules are there already; changes nothing. */
export async function planImport(
  ask: AskKibana,
  api: string,
  objects: readonly unknown[],
  rules: readonly unknown[],
): Promise<Plan> {
  const missing: string[] = [];
  const existing: string[] = [];
  const wanted = objects.map((one) => object.parse(one)).map(({ type, id }) => ({ type, id }));
  const { status, body } = await ask('POST', `${api}/saved_objects/_bulk_get`, {
    type: 'application/json',
    bytes: Buffer.from(JSON.stringify(wanted), 'utf8'),
  });
  const found = bulkGet.safeParse(body);
  if (!found.success)
    throw new KibanaError(
      'rejected',
      `Kibana did not say which saved objects it has (HTTP ${status})`,
      'Run it without --dry-run: without --overwrite an import leaves alone what is there.',
    );
  for (const { type, id, error } of found.data.saved_objects)
    (error === undefined ? existing : missing).push(`${type} ${id}`);
  for (const { rule_id } of rules.map((one) => rule.parse(one))) {
    const answer = await ask('GET', `${api}/detection_engine/rules?rule_id=${rule_id}`);
    (answer.status === 200 ? existing : missing).push(`rule ${rule_id}`);
  }
  return { missing, existing };
}
