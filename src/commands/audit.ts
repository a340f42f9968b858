import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { recordAudit, verifyAudit } from '../app/verifyAudit.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { ANCHOR_VARIABLE } from '../registry/auditAnchor.js';
import { namespaceOption } from './options.js';

interface Options {
  readonly namespace: string;
  readonly anchor?: string;
  readonly record?: boolean;
  readonly json?: boolean;
}

export function registerAudit(program: Command): void {
  program
    .command('audit')
    .description('the chain of audit records')
    .command('verify')
    .description(
      'find audit records that are missing, altered, doubled, backdated, added outside the chain, or rewritten',
    )
    .addOption(namespaceOption())
    .option(
      '--anchor <file>',
      `heads that were kept outside Elasticsearch; default: ${ANCHOR_VARIABLE} if it is a file`,
    )
    .option(
      '--record',
      'add the result to the audit stream, where a detection rule watches for a broken chain',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      "\nExits with 1 if anything is wrong. Without anchors a rewrite of the whole chain can't show.",
    )
    .action(verify);
}

async function verify(options: Options): Promise<void> {
  const client = createClient(connectionFor(process.env, 'scorer', keyReader(process.env)));
  const configured = process.env[ANCHOR_VARIABLE];
  const anchor = options.anchor ?? (configured?.startsWith('syslog://') === true ? undefined : configured);
  try {
    const report = await verifyAudit(client, options.namespace, anchor);
    if (options.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      for (const { message } of report.problems) process.stdout.write(`${message}\n`);
      const anchored =
        anchor === undefined ? 'nothing outside Elasticsearch to compare with' : `${report.anchored} anchors`;
      process.stdout.write(
        `${report.records} records, head ${report.head?.sequence ?? 0} ${report.head?.sha256.slice(0, 12) ?? ''}, ${anchored}: ${report.problems.length === 0 ? 'nothing found' : `${report.problems.length} problems`}\n`,
      );
    }
    if (options.record === true)
      await recordAudit(client, options.namespace, report, randomUUID(), new Date());
    if (report.problems.length > 0) process.exitCode = 1;
  } finally {
    await client.close();
  }
}
