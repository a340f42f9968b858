import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { newAssetLists } from '../app/governance/newAssetLists.js';
import { repeat } from '../app/repeat.js';
import { serveDecisions } from '../app/serveDecisions.js';
import { addressOf, connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { type SidecarSettings, sidecarSettings } from '../config/sidecar.js';
import { createClient } from '../elasticsearch/client.js';
import type { NewAssetList } from '../governance/review/newAssetList.js';
import { sidecarMetrics } from '../metrics/sidecarMetrics.js';
import { startStatusServer } from '../metrics/statusServer.js';
import { pinnedFolder } from '../registry/pinned.js';
import { LockOut } from '../sidecar/lockOut.js';
import { viewRenderer } from '../sidecar/render.js';
import { Sessions } from '../sidecar/sessions.js';
import type { Site } from '../sidecar/site.js';
import { pinned, policiesOption } from './governanceOptions.js';
import { interruptSignal } from './interrupt.js';
import { createLog } from './log.js';
import { modelsOption, namespaceOption, parseInteger } from './options.js';
import { refreshRegistry, registryFiles } from './registry.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly policies: string;
  readonly statusPort?: number;
}

/** How long after one reading of a registry in a bucket the next one begins. */
const REFRESH_MS = 60_000;

export function registerSidecar(program: Command): void {
  program
    .command('sidecar')
    .description('serve the pages where analysts decide, each with their own account, and the SOAR’s webhook')
    .addOption(namespaceOption())
    .addOption(modelsOption())
    .addOption(policiesOption())
    .option('--status-port <port>', 'health, readiness and metrics on 127.0.0.1', parseInteger(1, 65_535))
    .addHelpText(
      'after',
      `
Listens on 127.0.0.1:8686 unless OT_ANOMALY_SIDECAR_HOST and _PORT say otherwise; beyond loopback only with
OT_ANOMALY_SIDECAR_TLS_CERT and _TLS_KEY, or behind OT_ANOMALY_SIDECAR_PROXIES. docs/sidecar.md lists all settings.
Holds no key of its own but the "soar" key, and that only where a webhook or notifications are set up.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const settings = sidecarSettings(process.env);
  const elasticsearch = addressOf(process.env);
  const log = createLog();
  const sessions = new Sessions({
    idleMs: settings.idleMinutes * 60_000,
    lifetimeMs: settings.sessionHours * 3_600_000,
    now: Date.now,
  });
  const metrics = sidecarMetrics(() => sessions.size);
  const soar = needsSoarKey(settings)
    ? createClient(connectionFor({ ...process.env }, 'soar', keyReader(process.env)))
    : undefined;
  const site: Site = {
    namespace: options.namespace,
    settings,
    elasticsearch,
    sessions,
    lockOut: new LockOut(Date.now),
    render: viewRenderer(),
    soar,
    models: options.models,
    trust: pinnedFolder(process.env),
    policies: options.policies,
    newAssets: () => signedLists(options, log),
    metrics,
    log,
    now: () => new Date(),
    newId: randomUUID,
    chance: Math.random,
  };
  let ready = false;
  const ended = new AbortController();
  // Not waited for at the end: the store may take minutes to answer, and closing the registry ends that.
  void repeat(REFRESH_MS, ended.signal, () => refresh(options, log));
  const status =
    options.statusPort === undefined
      ? undefined
      : await startStatusServer(options.statusPort, metrics.registry, () => ready);
  try {
    await serveDecisions({
      site,
      log,
      signal: interruptSignal(),
      onListening: () => {
        ready = true;
      },
    });
  } finally {
    ended.abort();
    await status?.close();
    await soar?.close();
  }
}

/** The pages show what was read last until the registry can be read again. */
async function refresh({ models }: Options, log: Logger): Promise<void> {
  await refreshRegistry(models).catch((error: unknown) => {
    log.warn({ err: error }, 'the registry could not be brought up to date');
  });
}

/** The queue must open whatever is wrong with the registry: then it leaves nothing out. */
function signedLists({ namespace, models }: Options, log: Logger): readonly NewAssetList[] {
  try {
    return newAssetLists({
      files: registryFiles({ models }),
      pinned: pinned({ isView: true }),
      namespace,
      now: () => new Date(),
    });
  } catch (error) {
    log.warn({ err: error }, 'lists of new assets can’t be trusted or read; the queue leaves nothing out');
    return [];
  }
}

function needsSoarKey({ soarSecrets, notify }: SidecarSettings): boolean {
  return soarSecrets.length > 0 || notify !== undefined;
}
