import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { submit } from '../../src/app/governance/approvals.js';
import type { GovernanceContext } from '../../src/app/governance/context.js';
import { type DeployResult, deployModel } from '../../src/app/governance/deployModel.js';
import { type DeploymentWish, deploymentContent } from '../../src/app/governance/deploymentContent.js';
import type { Keys } from '../../src/config/keys.js';
import type { Content } from '../../src/governance/approval/request.js';
import { actionOf } from '../../src/governance/approval/request.js';
import { CLOCK_BOUNDS, type ClockBounds } from '../../src/governance/audit/clocks.js';
import { fileAnchor } from '../../src/registry/auditAnchor.js';
import { Pinned } from '../../src/registry/pinned.js';
import { RegistryFiles } from '../../src/registry/registryFiles.js';
import {
  approvalOf,
  newPeople,
  type People,
  type PersonId,
  request,
  rootOf,
  trustOf,
} from '../fixtures/people.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';

/** A site under governance: streams, keys, people with keys of their own, a pinned root, and a clock that is moved. */
export interface GovernedSite {
  readonly namespace: string;
  readonly index: string;
  readonly keys: Keys;
  readonly people: People;
  readonly folder: string;
  readonly anchorFile: string;
  readonly retrainLog: string;
  readonly context: GovernanceContext;
  readonly admin: Client;
  client(part: string): Client;
  /** a person's own account, with the analyst's role */
  account(name: string): Promise<Client>;
  setTime(iso: string): void;
  /** asks and has everybody named sign and submit; returns the request's digest */
  approve(
    content: Content,
    who: PersonId,
    approvers: readonly PersonId[],
    lineInForce?: number,
  ): Promise<string>;
  /** the same for a deployment of `model`, and deploys it */
  deploy(
    model: string,
    who: PersonId,
    approvers: readonly PersonId[],
    wish?: Partial<DeploymentWish>,
  ): Promise<DeployResult & { readonly request: string }>;
  close(): Promise<void>;
}

/** Records are written by the clock that is moved and stamped by Elasticsearch's, which isn't. */
export const MOVED_CLOCK: ClockBounds = { ...CLOCK_BOUNDS, apartMs: Number.POSITIVE_INFINITY };

export async function governedSite(start: string): Promise<GovernedSite> {
  const namespace = uniqueNamespace('g');
  const keys = await setUp(namespace);
  const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-governed-'));
  const retrainLog = join(folder, 'log', 'retrain-audit.log');
  const people = newPeople({ retrainLog });
  const anchorFile = join(folder, 'anchor.ndjson');
  const files = new RegistryFiles(join(folder, 'models'));
  const pinned = new Pinned(join(folder, 'pinned'));
  let time = new Date(start);
  let ids = 0;
  const now = () => time;
  pinned.pin(await rootOf(people), now());
  await files.writeTrust(await trustOf(people), people.file);
  const opened: Client[] = [];
  const open = (client: Client) => {
    opened.push(client);
    return client;
  };
  const admin = open(cluster());
  const context: GovernanceContext = {
    files,
    pinned,
    client: open(clientOf(keys, 'registry')),
    namespace,
    now,
    newId: () => `${namespace}-${ids++}`,
    anchor: fileAnchor(anchorFile),
    serverClock: async () => now(),
  };
  const approve: GovernedSite['approve'] = async (content, who, approvers, lineInForce) => {
    const asked = await request(people, who, actionOf(content, lineInForce), content, now());
    await submit(context, asked.envelope);
    for (const approver of approvers)
      await submit(context, await approvalOf(people, approver, asked.sha256, now()));
    return asked.sha256;
  };
  return {
    namespace,
    index: `logs-ot_zeek.*-${namespace}`,
    keys,
    people,
    folder,
    anchorFile,
    retrainLog,
    context,
    admin,
    client: (part) => open(clientOf(keys, part)),
    account: async (name) => {
      const username = `${name}-${namespace}`;
      await admin.security.putUser({
        username,
        password: 'a password of this test',
        roles: ['ot_anomaly_analyst'],
      });
      return open(
        new Client({
          node: testElasticsearch().url,
          auth: { username, password: 'a password of this test' },
        }),
      );
    },
    setTime: (iso) => {
      time = new Date(iso);
    },
    approve,
    deploy: async (model, who, approvers, wish = {}) => {
      const { content, lineInForce } = deploymentContent(context, model, {
        withRollback: true,
        structureOnly: false,
        ...wish,
      });
      const digest = await approve(content, who, approvers, lineInForce);
      return { ...(await deployModel(context, digest)), request: digest };
    },
    close: async () => {
      for (const client of opened) await client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
