import type { Client } from '@elastic/elasticsearch';
import { writeAudit } from '../../elasticsearch/auditLog.js';
import { type BoundaryCheck, checkBoundary } from '../../elasticsearch/boundary.js';
import type { GrantedRole } from '../../governance/boundary/expected.js';
import { type Coverage, coverageOf } from '../../governance/boundary/prohibited.js';

export interface Credential {
  readonly role: GrantedRole;
  readonly client: Client;
}

export interface CredentialResult {
  readonly credential: string;
  readonly checks: readonly BoundaryCheck[];
  readonly violations: readonly BoundaryCheck[];
}

export interface BoundaryReport {
  readonly passed: boolean;
  readonly credentials: readonly CredentialResult[];
  /** each prohibited action of the policy with what covers it; undefined: nobody mapped it */
  readonly prohibited: readonly { readonly action: string; readonly coverage: Coverage | undefined }[];
}

export interface BoundaryOptions {
  readonly credentials: readonly Credential[];
  readonly streams: readonly string[];
  readonly canaries: readonly string[];
  readonly namespace: string;
  readonly prohibitedActions: readonly string[];
  /** whose key writes the audit records */
  readonly auditor: { readonly part: string; readonly client: Client };
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Checks every credential, writes each result to the audit stream, and maps the policy's prohibited actions. */
export async function verifyBoundary(options: BoundaryOptions): Promise<BoundaryReport> {
  const { streams, canaries, namespace, auditor, newId, now } = options;
  const credentials: CredentialResult[] = [];
  for (const { role, client } of options.credentials) {
    const checks = await checkBoundary(client, role, streams, canaries, newId(), now());
    const violations = checks.filter(({ ok }) => !ok);
    credentials.push({ credential: role.name, checks, violations });
    await writeAudit(
      auditor.client,
      namespace,
      {
        part: auditor.part,
        action: violations.length === 0 ? 'boundary-verified' : 'boundary-violated',
        message:
          violations.length === 0
            ? `${role.name} can do what its role says and nothing else (${checks.length} checks)`
            : `${role.name} OVERSTEPS: ${violations.length} of ${checks.length} checks failed`,
        outcome: violations.length === 0 ? 'success' : 'failure',
        boundary: {
          credential: role.name,
          passed: violations.length === 0,
          checks: checks.length,
          violations: violations.map(
            ({ act, target, expected, found }) => `${act} ${target}: expected ${expected}, ${found}`,
          ),
        },
      },
      newId(),
      now(),
    );
  }
  const prohibited = options.prohibitedActions.map((action) => ({ action, coverage: coverageOf(action) }));
  return {
    passed:
      credentials.every(({ violations }) => violations.length === 0) &&
      prohibited.every(({ coverage }) => coverage !== undefined),
    credentials,
    prohibited,
  };
}
