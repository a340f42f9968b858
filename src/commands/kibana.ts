import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { connectionFor } from '../config/connection.js';
import { packagePath } from '../config/packageRoot.js';
import { createClient } from '../elasticsearch/client.js';
import { type InstallResult, installKibana } from '../kibana/install/install.js';
import { kibanaClient } from '../kibana/install/kibanaClient.js';
import { kibanaConnectionFor } from '../kibana/install/kibanaConnection.js';
import { installTransform } from '../kibana/transform/installTransform.js';
import { TRANSFORM_ID } from '../kibana/transform/newestWord.js';

interface Options {
  readonly space: string;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly decisionsUrl?: string;
  readonly json?: boolean;
}

export function registerKibana(program: Command): void {
  const kibana = program.command('kibana').description('dashboards, searches and detection rules in Kibana');
  kibana
    .command('transform')
    .description('optional: keep the newest word on each alert in an index of its own, for one dashboard')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Installs and starts a transform in Elasticsearch (ES_URL; ES_USERNAME and ES_PASSWORD of somebody who may manage
transforms, index templates and API keys). A basic licence is enough. It works with an API key of its own that may do
no more than it needs, and whose secret nobody keeps. Running it again changes nothing that is already so. The triage
queue needs none of it: the dashboard [OT] Newest word on each alert does.`,
    )
    .action(runTransform);
  kibana
    .command('install')
    .description('import data views, searches, dashboards and detection rules; no rule is switched on')
    .option('--space <id>', 'the space to import into', parseSpace, 'default')
    .option('--overwrite', 'replace what is there: changes made in Kibana are lost')
    .option('--dry-run', 'say what is there and what is not, and change nothing')
    .option(
      '--decisions-url <url>',
      'where analysts reach the decision server; alerts link to its pages',
      parseUrl,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Needs KIBANA_URL, and KIBANA_API_KEY or KIBANA_USERNAME and KIBANA_PASSWORD, of someone who may write saved objects
and rules in that space. KIBANA_CA_FILE names the certificate authority where it is your own. The files lie in
kibana-saved-objects/ and can be imported by hand as well: docs/kibana.md.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const result = await installKibana(kibanaClient(kibanaConnectionFor(process.env)), {
    space: options.space,
    overwrite: options.overwrite === true,
    dryRun: options.dryRun === true,
    decisionsUrl: options.decisionsUrl,
    objects: read('ot-anomaly.ndjson'),
    rules: read('detection-rules.ndjson'),
  });
  process.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : describe(result, options));
}

async function runTransform({ json }: { readonly json?: boolean }): Promise<void> {
  const client = createClient(connectionFor(process.env, 'setup'));
  try {
    const change = await installTransform(client);
    const result = { transform: TRANSFORM_ID, change };
    process.stdout.write(
      json === true ? `${JSON.stringify(result)}\n` : `transform ${TRANSFORM_ID}: ${change}, and running\n`,
    );
  } finally {
    await client.close();
  }
}

function describe(result: InstallResult, { space }: Options): string {
  if (!result.dryRun)
    return `Kibana ${result.version}, space ${space}: ${result.objects} saved objects and ${result.rules} rules imported; switch on the rules you want\n`;
  const { missing, existing, version } = result;
  const lines = [
    ...missing.map((name) => `would add     ${name}`),
    ...existing.map((name) => `is there      ${name}`),
  ];
  return `${lines.join('\n')}\nKibana ${version}, space ${space}: ${missing.length} to add, ${existing.length} there; nothing was changed\n`;
}

function read(name: string): string {
  return readFileSync(packagePath(`kibana-saved-objects/${name}`), 'utf8');
}

function parseSpace(value: string): string {
  if (/^[a-z0-9_-]{1,100}$/.test(value)) return value;
  throw new InvalidArgumentError('expected lower-case letters, digits, "_" or "-", at most 100 of them.');
}

function parseUrl(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return new URL(value).href.replace(/\/+$/, '');
  throw new InvalidArgumentError('expected an http:// or https:// address.');
}
