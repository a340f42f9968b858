import { writeAudit } from '../../elasticsearch/auditLog.js';
import type { OwnBoundary } from './watchBoundary.js';

/**
 * Writes the result of the scorer's check of its own credential to the audit stream. It goes on detecting whatever that
 * may do: an attacker must not stop it by giving it more rights.
 */
export async function tellBoundary(
  { client, namespace, newId, now }: Omit<OwnBoundary, 'part'>,
  violations: readonly string[],
): Promise<void> {
  const passed = violations.length === 0;
  const record = {
    part: 'scorer',
    action: passed ? 'boundary-verified' : 'boundary-violated',
    message: passed
      ? 'ot_anomaly_scorer can do what its role says and nothing else'
      : `ot_anomaly_scorer OVERSTEPS in ${violations.length} ways; it goes on detecting`,
    outcome: passed ? 'success' : 'failure',
    boundary: { credential: 'ot_anomaly_scorer', passed, violations },
  } as const;
  await writeAudit(client, namespace, record, newId(), now());
}
