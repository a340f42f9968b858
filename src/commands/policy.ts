import type { Command } from 'commander';
import { readPolicies } from '../governance/policy/policyFiles.js';
import { policiesOption } from './governanceOptions.js';

interface Options {
  readonly policies: string;
  readonly json?: boolean;
}

export function registerPolicy(program: Command): void {
  program
    .command('policy')
    .description('the governance policies')
    .command('check')
    .description('read both policies and the approvers file, and name every problem with its path')
    .addOption(policiesOption())
    .option('--json', 'print one JSON object')
    .action(check);
}

function check(options: Options): void {
  const { aiGovernance, approvers, digests } = readPolicies(options.policies);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ok: true, digests })}\n`);
    return;
  }
  process.stdout.write(
    `${aiGovernance.system_id}, version ${aiGovernance.version}, ${approvers.people.length} people: no problem found\n`,
  );
  for (const [name, digest] of Object.entries(digests)) process.stdout.write(`${digest}  ${name}\n`);
}
