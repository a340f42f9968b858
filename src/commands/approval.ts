import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { showApproval, submit } from '../app/governance/approvals.js';
import { requests } from '../app/governance/collectReport.js';
import { deploymentContent } from '../app/governance/deploymentContent.js';
import { approve } from '../governance/approval/approval.js';
import { type ApprovalVerdict, VALID_AT_MOST_DAYS } from '../governance/approval/evaluate.js';
import {
  actionOf,
  type Content,
  contentSchema,
  REQUEST_PAYLOAD,
  readRequest,
} from '../governance/approval/request.js';
import { GovernanceError } from '../governance/governanceError.js';
import { checkDocument } from '../governance/parseDocument.js';
import { addSignature, unsignedEnvelope } from '../governance/signing/dsse.js';
import { fingerprint } from '../governance/signing/fingerprint.js';
import { modelProfile } from '../profiles/modelProfile.js';
import { canonicalBytes } from '../registry/digest.js';
import { trustedPolicies } from '../registry/trustedPolicies.js';
import {
  addSignerOptions,
  openSigner,
  pinned,
  print,
  readEnvelope,
  type SignerOptions,
  withGovernance,
  writeEnvelope,
} from './governanceOptions.js';
import {
  indexOption,
  modelsOption,
  namespaceOption,
  parseInteger,
  profileOption,
  sourceOf,
} from './options.js';
import { registryFiles } from './registry.js';
import { parseIso } from './trust.js';

const DAY_MS = 86_400_000;

export interface RequestOptions extends SignerOptions {
  readonly person: string;
  readonly ticket: string;
  readonly out: string;
  readonly validDays: number;
  readonly namespace: string;
  readonly models: string;
  readonly index?: string;
  readonly profile: string;
  readonly from?: string;
  readonly to?: string;
  readonly previousModel?: string;
  readonly model?: string;
  readonly alertLine?: string;
  readonly rollback?: boolean;
  readonly structureOnly?: boolean;
  readonly incident?: readonly string[];
  readonly finding?: string;
  readonly asset?: string;
  readonly relation?: readonly string[];
  readonly until?: string;
}

/** What every request needs, whatever it is for. */
export function addRequestOptions(command: Command): Command {
  return addSignerOptions(command)
    .requiredOption('--person <id>', 'who asks, as approvers.yaml names them')
    .requiredOption('--ticket <id>', 'the ticket of the change')
    .requiredOption('--out <file>', 'where the request goes')
    .option('--valid-days <n>', 'days until it expires', parseInteger(1, VALID_AT_MOST_DAYS), 7)
    .addOption(namespaceOption())
    .addOption(modelsOption());
}

export function registerApproval(program: Command): void {
  const approval = program
    .command('approval')
    .description('what people sign away from this system: requests, signatures, and where they stand');
  addRequestOptions(approval.command('request <kind>'))
    .description('ask for a retrain, a deployment, a data-review or a new-asset list; signed by who asks')
    .addOption(indexOption())
    .addOption(profileOption())
    .option('--from <time>', 'retrain, data-review: start of the window', parseIso)
    .option('--to <time>', 'retrain, data-review: end of the window, excluded', parseIso)
    .option('--previous-model <sha256>', 'retrain: the model that is to be replaced')
    .option('--model <sha256>', 'deployment: the model')
    .option('--alert-line <score>', 'deployment: the line; default: the one in force')
    .option('--no-rollback', 'deployment: sign no model to go back to')
    .option('--structure-only', 'deployment: the model to go back to serves with its structure only')
    .option('--incident <id...>', 'data-review: the incidents')
    .option('--finding <text>', 'data-review: what was looked at and found')
    .option('--asset <address>', 'new-asset: its address')
    .option('--relation <text...>', 'new-asset: relations that views may leave out')
    .option('--until <time>', 'new-asset: until when', parseIso)
    .action(requestApproval);
  addSignerOptions(approval.command('sign <request>'))
    .description('sign a request; needs nothing but this package, the file and your key')
    .requiredOption('--person <id>', 'who you are, as approvers.yaml names you')
    .requiredOption('--role <role>', 'the role in which you approve')
    .requiredOption(
      '--fingerprint <text>',
      'the fingerprint that you were told out of band: it must be that of the file',
    )
    .requiredOption('--out <file>', 'where your approval goes')
    .action(sign);
  approval
    .command('submit <file>')
    .description('hand in a signed request or approval; one that would not count is refused with the reason')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .option('--json', 'print one JSON object')
    .action(
      (
        file: string,
        options: { readonly namespace: string; readonly models: string; readonly json?: boolean },
      ) =>
        withGovernance(options, async (context) => {
          const verdict = await submit(context, readEnvelope(file));
          print(options.json, verdict, describe(verdict));
        }),
    );
  approval
    .command('list')
    .description('every request of the registry, and where it stands')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .option('--json', 'print one JSON object')
    .action((options: { readonly namespace: string; readonly models: string; readonly json?: boolean }) =>
      withGovernance(options, async (context) => {
        const found = requests(context);
        print(options.json, found, [
          ...found.map(
            ({ sha256, state, action, requestedBy, ticket, approvals }) =>
              `${sha256.slice(0, 12)}  ${state}  ${action}  asked for by ${requestedBy}, ticket ${ticket}; ${approvals.join(', ') || 'no approval'}`,
          ),
          ...(found.length === 0 ? ['no request'] : []),
        ]);
      }),
    );
  approval
    .command('show <sha256>')
    .description('where a request stands')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .option('--json', 'print one JSON object')
    .action(
      (
        digest: string,
        options: { readonly namespace: string; readonly models: string; readonly json?: boolean },
      ) =>
        withGovernance(options, async (context) => {
          const verdict = showApproval(context, digest);
          print(options.json, verdict, describe(verdict));
          if (!verdict.granted) process.exitCode = 1;
        }),
    );
}

export async function requestApproval(kind: string, options: RequestOptions): Promise<void> {
  const files = registryFiles(options);
  const now = new Date();
  const policies = trustedPolicies(files, pinned(), now);
  const { content, lineInForce } = buildContent(kind, options, now);
  const body = {
    kind: 'ot-anomaly-approval-request',
    id: randomBytes(16).toString('hex'),
    action: actionOf(content, lineInForce),
    content,
    requested_by: options.person,
    requested_at: now.toISOString(),
    expires: new Date(now.getTime() + options.validDays * DAY_MS).toISOString(),
    ticket: options.ticket,
    policies: policies.digests,
  };
  const envelope = await addSignature(
    unsignedEnvelope(REQUEST_PAYLOAD, canonicalBytes(body)),
    openSigner(options),
  );
  const { sha256 } = readRequest(options.out, envelope);
  writeEnvelope(options.out, envelope);
  print(false, undefined, [
    JSON.stringify(body, null, 2),
    `sha256 ${sha256}`,
    `fingerprint, to be read out to each approver: ${fingerprint(sha256)}`,
  ]);
}

function buildContent(
  kind: string,
  options: RequestOptions,
  now: Date,
): { readonly content: Content; readonly lineInForce: number | undefined } {
  const { namespace, from, to } = options;
  if (kind === 'deployment') {
    const context = { files: registryFiles(options), pinned: pinned(), namespace, now: () => now };
    return deploymentContent(context, options.model, {
      ...(options.alertLine === undefined ? {} : { alertLine: Number(options.alertLine) }),
      withRollback: options.rollback !== false,
      structureOnly: options.structureOnly === true,
    });
  }
  const { index, profile } = sourceOf(options);
  const used = modelProfile(profile);
  const contents: Readonly<Record<string, unknown>> = {
    retrain: {
      kind,
      namespace,
      index,
      profile: { name: used.name, sha256: used.sha256 },
      from,
      to,
      previous_model_sha256: options.previousModel ?? null,
    },
    'data-review': { kind, namespace, from, to, incidents: options.incident, finding: options.finding },
    'new-asset': { kind, namespace, asset: options.asset, relations: options.relation, until: options.until },
  };
  return {
    content: checkDocument(`a request of kind ${kind}`, contents[kind] ?? { kind }, contentSchema),
    lineInForce: undefined,
  };
}

interface SignOptions extends SignerOptions {
  readonly person: string;
  readonly role: string;
  readonly fingerprint: string;
  readonly out: string;
}

async function sign(file: string, options: SignOptions): Promise<void> {
  const { request: asked, sha256 } = readRequest(file, readEnvelope(file));
  const own = fingerprint(sha256);
  if (own.replaceAll('-', '') !== options.fingerprint.toUpperCase().replace(/[^0-9A-Z]/g, '')) {
    throw new GovernanceError(
      'refused',
      `${file}: its fingerprint is ${own}, you were told ${options.fingerprint}`,
      'This is not the request that you were told of. Sign nothing; ask the requester over another channel.',
    );
  }
  const approval = { approver: options.person, role: options.role, signed_at: new Date().toISOString() };
  writeEnvelope(options.out, await approve(sha256, approval, openSigner(options)));
  print(false, undefined, [JSON.stringify(asked, null, 2), `signed as ${options.role}: ${options.out}`]);
}

function describe({
  granted,
  request: asked,
  sha256,
  approvals,
  refusals,
  requirement,
}: ApprovalVerdict): readonly string[] {
  return [
    `${asked.action} (${asked.content.kind}), asked for by ${asked.requested_by}, ticket ${asked.ticket}, until ${asked.expires}`,
    `sha256 ${sha256}`,
    `fingerprint ${fingerprint(sha256)}`,
    `${granted ? 'granted' : 'not granted'}: ${approvals.length} of ${requirement.minimum_approvals} approvals${approvals.map(({ approver, role }) => `, ${approver} as ${role}`).join('')}`,
    ...refusals.map(({ code, message }) => `${code}: ${message}`),
  ];
}
