import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { verifyBoundary } from '../app/governance/verifyBoundary.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { parseYaml } from '../governance/parseDocument.js';
import { aiGovernancePolicySchema } from '../governance/policy/aiGovernancePolicy.js';
import { POLICY_FILES } from '../governance/policy/policyFiles.js';
import { roles } from '../setup/assets.js';
import { partOf } from '../setup/parts.js';
import { canaryStreams, streamNames } from '../setup/streams.js';
import { policiesOption, print } from './governanceOptions.js';
import { namespaceOption } from './options.js';

interface Options {
  readonly namespace: string;
  readonly policies: string;
  readonly json?: boolean;
}

export function registerBoundary(program: Command): void {
  program
    .command('boundary')
    .description('the line between what AI parts recommend and what people decide')
    .command('verify')
    .description(
      'ask and try what every credential may do; anything more or less than its role is a violation',
    )
    .addOption(namespaceOption())
    .addOption(policiesOption())
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExits with 1 on a violation. Forbidden acts are tried on canary streams only. Uses the keys that set-up wrote.',
    )
    .action(verify);
}

async function verify(options: Options): Promise<void> {
  const readKey = keyReader(process.env);
  // Each part's own key, whatever credential the environment holds besides.
  const { ES_API_KEY: _, ES_USERNAME: __, ES_PASSWORD: ___, ...env } = process.env;
  const connect = (part: string) => createClient(connectionFor(env, part, readKey));
  const credentials = roles()
    .filter(({ service_user }) => service_user)
    .map((role) => ({ role, client: connect(partOf(role)) }));
  const auditor = credentials.find(({ role }) => partOf(role) === 'registry')?.client ?? connect('registry');
  const path = join(options.policies, POLICY_FILES.aiGovernance);
  const policy = parseYaml(path, readFileSync(path, 'utf8'), aiGovernancePolicySchema).ai_governance_policy;
  try {
    const report = await verifyBoundary({
      credentials,
      streams: streamNames(options.namespace),
      canaries: canaryStreams(),
      namespace: options.namespace,
      prohibitedActions: policy.prohibited_actions,
      auditor: { part: 'registry', client: auditor },
      newId: randomUUID,
      now: () => new Date(),
    });
    print(options.json, report, [
      ...report.credentials.flatMap(({ credential, checks, violations }) => [
        `${credential}: ${checks.length} checks, ${violations.length} violations`,
        ...violations.map(
          ({ act, target, expected, found }) => `  ${act} ${target}: expected ${expected}, ${found}`,
        ),
      ]),
      ...report.prohibited.map(({ action, coverage }) =>
        coverage === undefined
          ? `NOT MAPPED: ${action}`
          : `${action}: ${coverage.covered ? coverage.by.join(', ') : coverage.outside}`,
      ),
    ]);
    if (!report.passed) process.exitCode = 1;
  } finally {
    for (const { client } of credentials) await client.close();
  }
}
