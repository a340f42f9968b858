import type { Client } from '@elastic/elasticsearch';
import type { Finding } from '../../doctor/finding.js';
import { readHolds } from '../../elasticsearch/holds.js';
import { readReviews } from '../../elasticsearch/reviews.js';
import { OtAnomalyError } from '../../errors.js';
import { overdue } from '../../governance/review/triggers.js';
import type { Pinned } from '../../registry/pinned.js';
import { productionModel } from '../../registry/productionModel.js';
import type { RegistryFiles } from '../../registry/registryFiles.js';
import { trustedPolicies } from '../../registry/trustedPolicies.js';

/**
 * What of governance wants a person: originals under hold that aren't locked, policies that changed without a signature, a
 * deployment that doesn't verify, reviews that are overdue. Where this host has pinned no root, holds alone: then nothing
 * else is governed here yet.
 *
 * @param registry holds the registry part's key; undefined: reviews can't be read
 */
export async function governanceFindings(
  files: RegistryFiles,
  pinned: Pinned,
  namespace: string,
  now: Date,
  registry: Client | undefined,
): Promise<readonly Finding[]> {
  const findings = registry === undefined ? [] : [...(await holdFindings(registry, namespace))];
  if (!pinned.hasRoot) return findings;
  const policies = problemOf(() => trustedPolicies(files, pinned, now));
  if (policies !== undefined)
    findings.push({
      code: 'policies_untrusted',
      severity: 'warning',
      message: policies.message,
      advice: `Nothing can be approved or deployed until then. ${policies.advice}`,
    });
  else if (files.readDeployments().length > 0) {
    let problems: readonly string[] = [];
    const failed = problemOf(() => {
      problems = productionModel(files, pinned, namespace, now).problems;
    });
    if (failed !== undefined) problems = [failed.message];
    if (problems.length > 0)
      findings.push({
        code: 'deployment_unverified',
        severity: failed === undefined ? 'warning' : 'error',
        message: problems.join('; '),
        advice:
          failed === undefined
            ? 'The last good model goes on. Restore the registry’s files from a copy; "ot-anomaly model verify" says what is wrong.'
            : failed.advice,
      });
  }
  const late = registry === undefined ? [] : overdue(await readReviews(registry, namespace), now);
  if (late.length > 0)
    findings.push({
      code: 'review_overdue',
      severity: 'warning',
      message: `${late.length} reviews are overdue: ${late.map(({ id }) => id).join(', ')}`,
      advice: 'Do them: "ot-anomaly review list", "ot-anomaly review done".',
    });
  return findings;
}

async function holdFindings(registry: Client, namespace: string): Promise<readonly Finding[]> {
  const open = (await readHolds(registry, namespace)).filter(({ locked }) => !locked);
  if (open.length === 0) return [];
  const subjects = [...new Set(open.flatMap(({ subjects }) => subjects))];
  return [
    {
      code: 'hold_unlocked',
      severity: 'warning',
      message: `${open.length} indices hold originals under legal hold (${subjects.join(', ')}) and are not locked: ${open.map(({ index }) => index).join(', ')}`,
      advice:
        'Have an administrator run "ot-anomaly hold lock": until then the site’s retention may remove them.',
    },
  ];
}

function problemOf(act: () => unknown): OtAnomalyError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof OtAnomalyError) return error;
    throw error;
  }
}
