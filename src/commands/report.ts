import { existsSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { collectReport } from '../app/governance/collectReport.js';
import { exportEvidence, holdEvidence } from '../app/governance/exportEvidence.js';
import { GovernanceError } from '../governance/governanceError.js';
import { renderHtml, renderMarkdown } from '../governance/report/render.js';
import { sectionsOf } from '../governance/report/sections.js';
import { ANCHOR_VARIABLE } from '../registry/auditAnchor.js';
import { print, withGovernance } from './governanceOptions.js';
import { modelsOption, namespaceOption } from './options.js';
import { parseIso } from './trust.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly from?: string;
  readonly to?: string;
  readonly format: 'md' | 'html' | 'json';
  readonly out?: string;
  readonly anchor?: string;
  readonly alert?: string;
  readonly incident?: string;
  readonly hold?: boolean;
}

const DAYS = 91;
const DAY_MS = 86_400_000;

export function registerReport(program: Command): void {
  program
    .command('report')
    .description(
      'an auditor’s pack of a period; or, with --alert or --incident, the evidence of one with digests',
    )
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .option('--from <time>', `start of the period; default: ${DAYS} days ago`, parseIso)
    .option('--to <time>', 'its end, excluded; default: now', parseIso)
    .addOption(new Option('--format <format>', 'of the pack').choices(['md', 'html', 'json']).default('md'))
    .option('--out <file>', 'where it goes; no file is overwritten; default: printed')
    .option(
      '--anchor <file>',
      `heads of the audit chain outside Elasticsearch; default: ${ANCHOR_VARIABLE} if it is a file`,
    )
    .option('--alert <id>', 'evidence of this alert, as JSON')
    .option('--incident <id>', 'evidence of this incident and of the alerts of its time, as JSON')
    .option('--hold', 'with --alert or --incident: legal hold, copies into a stream without retention')
    .addHelpText(
      'after',
      `
The pack: policies and approvers with digests, audit chain, deployments, models, approvals, boundary checks, decisions,
incidents, reviews. What can't be trusted stands in it as PROBLEM, and the exit code is 1.`,
    )
    .action((options: Options) =>
      options.alert === undefined && options.incident === undefined ? pack(options) : evidence(options),
    );
}

async function pack(options: Options): Promise<void> {
  await withGovernance(options, async (context) => {
    const configured = process.env[ANCHOR_VARIABLE];
    const anchor = options.anchor ?? (configured?.startsWith('syslog://') === true ? undefined : configured);
    const now = context.now();
    const from = options.from ?? new Date(now.getTime() - DAYS * DAY_MS).toISOString();
    const facts = await collectReport(context, from, options.to ?? now.toISOString(), anchor);
    const sections = sectionsOf(facts);
    const title = `Governance of ${options.namespace}`;
    const render = {
      md: () => renderMarkdown(title, sections),
      html: () => renderHtml(title, sections),
      json: () => `${JSON.stringify(facts)}\n`,
    }[options.format];
    put(options.out, render());
    if (sections.some(({ lines }) => lines.some((line) => line.startsWith('PROBLEM')))) process.exitCode = 1;
  });
}

async function evidence(options: Options): Promise<void> {
  await withGovernance(options, async (context) => {
    const subject =
      options.alert === undefined ? { incident: options.incident ?? '' } : { alert: options.alert };
    const found = await exportEvidence(context, subject);
    put(options.out, `${JSON.stringify(found, null, 2)}\n`);
    if (options.hold !== true) return;
    const held = await holdEvidence(context, found);
    process.stderr.write(
      `legal hold: ${held} copies made, ${found.documents.length - held} were held already\n`,
    );
  });
}

function put(file: string | undefined, text: string): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  if (existsSync(file))
    throw new GovernanceError('refused', `${file} is there already`, 'Give another name with --out.');
  writeFileSync(file, text, { flag: 'wx' });
  print(false, undefined, [`written ${file}`]);
}
