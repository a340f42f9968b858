import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { serveDecisions } from '../../src/app/serveDecisions.js';
import type { Keys } from '../../src/config/keys.js';
import { sidecarSettings } from '../../src/config/sidecar.js';
import { sidecarMetrics } from '../../src/metrics/sidecarMetrics.js';
import { LockOut } from '../../src/sidecar/lockOut.js';
import { viewRenderer } from '../../src/sidecar/render.js';
import { Sessions } from '../../src/sidecar/sessions.js';
import type { Site } from '../../src/sidecar/site.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';

export const PASSWORD = 'analyst-password-9$';

/** A decision server on the test's node, with two analysts and a place of its own. */
export interface DecisionSite {
  readonly url: string;
  readonly namespace: string;
  readonly admin: Client;
  readonly scorer: Client;
  readonly triage: Client;
  readonly keys: Keys;
  readonly analysts: readonly [string, string];
  readonly site: Site;
  /** every line that the server logged */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly models?: string;
  readonly trust?: string;
  readonly now?: () => Date;
  /** a namespace that is set up already, with its keys; default: one of its own */
  readonly beside?: { readonly namespace: string; readonly keys: Keys };
  readonly newAssets?: Site['newAssets'];
}

export async function decisionSite({
  env = {},
  models,
  trust,
  now,
  beside,
  newAssets = () => [],
}: SiteOptions = {}): Promise<DecisionSite> {
  const namespace = beside?.namespace ?? uniqueNamespace('de');
  const admin = cluster();
  const keys = beside?.keys ?? (await setUp(namespace));
  const analysts = [`anna_${namespace}`, `bert_${namespace}`] as const;
  for (const username of analysts)
    await admin.security.putUser({ username, password: PASSWORD, roles: ['ot_anomaly_analyst'] });
  const settings = sidecarSettings({ OT_ANOMALY_SIDECAR_PORT: '0', ...env });
  const sessions = new Sessions({ idleMs: 3_600_000, lifetimeMs: 43_200_000, now: Date.now });
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const scorer = clientOf(keys, 'scorer');
  const triage = clientOf(keys, 'triage');
  const soar =
    settings.soarSecrets.length > 0 || settings.notify !== undefined ? clientOf(keys, 'soar') : undefined;
  let ids = 0;
  const site: Site = {
    namespace,
    settings,
    elasticsearch: { url: testElasticsearch().url },
    sessions,
    lockOut: new LockOut(Date.now),
    render: viewRenderer(),
    soar,
    models: models ?? mkdtempSync(join(tmpdir(), 'models-')),
    trust: trust ?? mkdtempSync(join(tmpdir(), 'trust-')),
    policies: 'policies',
    newAssets,
    metrics: sidecarMetrics(() => sessions.size),
    log: pino({ level: 'trace' }, sink),
    now: now ?? (() => new Date()),
    newId: () => `id-${namespace}-${ids++}`,
    chance: () => 0,
  };
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const url = await new Promise<string>((listening, failed) => {
    running = serveDecisions({ site, log: site.log, signal: stop.signal, onListening: listening });
    running.catch(failed);
  });
  return {
    url,
    namespace,
    admin,
    scorer,
    triage,
    keys,
    analysts,
    site,
    log: lines,
    close: async () => {
      stop.abort();
      await running;
      for (const username of analysts) await admin.security.deleteUser({ username });
      await Promise.all([admin, scorer, triage, soar].map((client) => client?.close()));
    },
  };
}
