import type { Client } from '@elastic/elasticsearch';
import { errors } from '@elastic/elasticsearch';
import {
  CANARY_NAMESPACE,
  type GrantedRole,
  grants,
  NEVER_ON_CLUSTER,
  NEVER_ON_INDEX,
} from '../governance/boundary/expected.js';
import { explaining } from './errors.js';

/** One question to the cluster about a credential, and its answer. */
export interface BoundaryCheck {
  /** what kind of act it is; the policy's prohibited actions name these */
  readonly act: string;
  readonly target: string;
  /** what must be so */
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}

/**
 * Asks what the credential may do on the real names, then tries what it must not be able to do on canaries of the same
 * patterns, and that what it must be able to do works.
 *
 * @param streams real names of every stream of the site
 * @param canaries streams that exist for these checks alone
 * @param id makes the canary documents of this run findable
 */
export async function checkBoundary(
  client: Client,
  role: GrantedRole,
  streams: readonly string[],
  canaries: readonly string[],
  id: string,
  now: Date,
): Promise<readonly BoundaryCheck[]> {
  return explaining(`checking the boundary of ${role.name}`, async () => [
    ...(await askPrivileges(client, role, streams)),
    ...(await tryActs(client, role, canaries, id, now)),
  ]);
}

/** What the cluster says the credential may do on the real names. Changes nothing. */
export async function askPrivileges(
  client: Client,
  role: GrantedRole,
  streams: readonly string[],
): Promise<readonly BoundaryCheck[]> {
  const answer = await client.security.hasPrivileges({
    cluster: [...NEVER_ON_CLUSTER],
    index: [{ names: [...streams], privileges: [...NEVER_ON_INDEX, 'create_doc', 'read'] }],
  });
  const checks: BoundaryCheck[] = [];
  for (const [privilege, has] of Object.entries(answer.cluster))
    checks.push(check('privilege', `cluster:${privilege}`, mayOnCluster(role, privilege), has));
  for (const [stream, rights] of Object.entries(answer.index)) {
    for (const [privilege, has] of Object.entries(rights)) {
      const expected =
        privilege === 'create_doc' || privilege === 'read' ? grants(role, stream, privilege) : false;
      // Where a site's rows lie in another convention's indices, set-up leaves ours out of the role: less is no violation.
      const isLess = privilege === 'read' && stream.startsWith('logs-ot_zeek.') && !has;
      checks.push(check('privilege', `${stream}:${privilege}`, isLess ? false : expected, has));
    }
  }
  return checks;
}

/** Shippers ask for the version before they send; nothing more is granted to anybody. */
function mayOnCluster({ cluster }: GrantedRole, privilege: string): boolean {
  return privilege === 'monitor' && cluster.includes(privilege);
}

function check(act: string, target: string, expected: boolean, found: boolean): BoundaryCheck {
  const say = (has: boolean) => (has ? 'may' : 'may not');
  return { act, target, expected: say(expected), found: say(found), ok: expected === found };
}

/** Tries on canaries what it must not be able to do, and that what it must be able to do works. */
export async function tryActs(
  client: Client,
  role: GrantedRole,
  canaries: readonly string[],
  id: string,
  now: Date,
): Promise<readonly BoundaryCheck[]> {
  const own = canaries.filter((stream) => grants(role, stream, 'create_doc'));
  const foreign = canaries.filter((stream) => !own.includes(stream));
  const document = {
    '@timestamp': now.toISOString(),
    message: `boundary check ${id}`,
    event: { kind: 'state', action: 'boundary-canary' },
  };
  const checks: BoundaryCheck[] = [];
  for (const index of own) {
    let backing = index;
    checks.push(
      await allowed('create', index, async () => {
        backing = (await client.create({ index, id, document }))._index;
      }),
      await refusedAct('overwrite', index, () => client.index({ index, id, document })),
      await refusedAct('overwrite', `${index} by backing index`, () =>
        client.index({ index: backing, id, document, if_seq_no: 0, if_primary_term: 1 }),
      ),
      await refusedAct('update', index, () =>
        client.update({ index: backing, id, doc: { message: 'changed' } }),
      ),
      await refusedAct('delete', index, () => client.delete({ index: backing, id })),
      await refusedAct('update_by_query', index, () =>
        client.updateByQuery({ index, query: { ids: { values: [id] } } }),
      ),
      await refusedAct('delete_by_query', index, () =>
        client.deleteByQuery({ index, query: { ids: { values: [id] } } }),
      ),
      await refusedAct('close_index', index, () => client.indices.close({ index: backing })),
      await refusedAct('mapping', index, () =>
        client.indices.putMapping({ index, properties: { boundary_canary: { type: 'keyword' } } }),
      ),
      await refusedAct('settings', index, () =>
        client.indices.putSettings({ index, settings: { index: { refresh_interval: '2s' } } }),
      ),
      await refusedAct('alias', index, () =>
        client.indices.putAlias({ index: backing, name: CANARY_NAMESPACE }),
      ),
      await refusedAct('rollover', index, () => client.indices.rollover({ alias: index })),
    );
  }
  for (const index of foreign) {
    const act = index.startsWith('logs-ot_anomaly.decision-') ? 'decision' : 'write_elsewhere';
    checks.push(await refusedAct(act, index, () => client.create({ index, id, document })));
  }
  const named = `ot_anomaly-${CANARY_NAMESPACE}`;
  checks.push(
    await refusedAct('elsewhere', named, () => client.search({ index: named })),
    await refusedAct('pipeline', named, () => client.ingest.putPipeline({ id: named, processors: [] })),
    await refusedAct('template', named, () =>
      client.indices.putIndexTemplate({ name: named, index_patterns: [`${named}-*`] }),
    ),
    await refusedAct('role', named, () => client.security.putRole({ name: named, cluster: [] })),
    await refusedAct('api_key', named, () => client.security.createApiKey({ name: named, expiration: '1m' })),
  );
  return checks;
}

async function refusedAct(
  act: string,
  target: string,
  attempt: () => Promise<unknown>,
): Promise<BoundaryCheck> {
  const status = await statusOf(attempt);
  const ok = status === 403 || status === 400;
  return { act, target, expected: 'refused', found: ok ? `refused (${status})` : `answered ${status}`, ok };
}

async function allowed(act: string, target: string, attempt: () => Promise<unknown>): Promise<BoundaryCheck> {
  const status = await statusOf(attempt);
  return {
    act,
    target,
    expected: 'done',
    found: status === 200 ? 'done' : `answered ${status}`,
    ok: status === 200,
  };
}

/** Answers that say nothing about rights: the sign-in was refused, or the cluster is too busy or not there. */
const NO_WORD_ON_RIGHTS = new Set([401, 429, 502, 503, 504]);

/** HTTP status; 200 for whatever succeeded. Anything that is no answer of Elasticsearch to the question is thrown. */
async function statusOf(attempt: () => Promise<unknown>): Promise<number> {
  try {
    await attempt();
    return 200;
  } catch (error) {
    if (!(error instanceof errors.ResponseError) || NO_WORD_ON_RIGHTS.has(error.statusCode ?? 0)) throw error;
    return error.statusCode ?? 0;
  }
}
