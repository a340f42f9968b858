import type { Client, estypes } from '@elastic/elasticsearch';
import type { Rights } from '../../doctor/examined.js';
import type { Role } from '../../setup/assets.js';
import { explaining } from '../errors.js';

/** From wide to narrow: of those that a credential has too many, the first that holds the others is told. */
const EXCESS_ON_INDICES = [
  'all',
  'manage',
  'write',
  'index',
  'create',
  'delete',
  'create_doc',
  'delete_index',
  'create_index',
  'auto_configure',
  'maintenance',
  'read',
] as const;
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  all: EXCESS_ON_INDICES,
  manage: ['delete_index', 'create_index', 'auto_configure', 'maintenance'],
  write: ['index', 'create', 'create_doc', 'delete', 'auto_configure'],
  index: ['create', 'create_doc', 'auto_configure'],
  create: ['create_doc', 'auto_configure'],
};
const EXCESS_ON_CLUSTER = [
  'all',
  'manage',
  'manage_security',
  'manage_api_key',
  'manage_own_api_key',
  'grant_api_key',
  'manage_index_templates',
  'manage_pipeline',
  'manage_ingest_pipelines',
  'monitor',
] as const;
const IMPLIED_ON_CLUSTER: Readonly<Record<string, readonly string[]>> = {
  all: EXCESS_ON_CLUSTER,
  manage: ['manage_index_templates', 'manage_pipeline', 'manage_ingest_pipelines', 'monitor'],
  manage_security: ['manage_api_key', 'manage_own_api_key', 'grant_api_key'],
  manage_api_key: ['manage_own_api_key', 'grant_api_key'],
  manage_pipeline: ['manage_ingest_pipelines'],
};

export interface RightsOptions {
  readonly part: string;
  readonly role: Role;
  readonly namespace: string;
  /** what the part reads of the site's: index patterns of the profiles in question */
  readonly sources: readonly string[];
  /** every stream that set-up makes in the namespace */
  readonly streams: readonly string[];
  readonly expires?: Date;
}

/** Asks Elasticsearch what this credential may do: any may ask that of itself. */
export async function readRights(client: Client, options: RightsOptions): Promise<Rights> {
  const { part, role, expires } = options;
  const needed = neededRights(options);
  // Everything, every stream of ours, and what the part reads: nothing else belongs to this system.
  const names = [...new Set(['*', ...options.streams, ...needed.keys()])];
  const answer = await explaining(`asking what the ${part} may do`, () =>
    client.security.hasPrivileges({
      cluster: [...EXCESS_ON_CLUSTER],
      index: [{ names, privileges: [...EXCESS_ON_INDICES] }],
    }),
  );
  const has = (name: string, privilege: string) =>
    answer.index[name]?.[privilege as estypes.SecurityIndexPrivilege] === true;
  const onAll = EXCESS_ON_INDICES.filter((privilege) => has('*', privilege));
  const excess = new Map<string, string[]>();
  const tell = (privileges: readonly string[], name: string) => {
    const told = excess.get(privileges.join(', ')) ?? [];
    told.push(name);
    excess.set(privileges.join(', '), told);
  };
  if (onAll.length > 0) tell(widest(onAll, IMPLIED), 'every index');
  for (const name of names.slice(1)) {
    const tooMany = EXCESS_ON_INDICES.filter(
      (privilege) =>
        has(name, privilege) &&
        needed.get(name)?.has(privilege) !== true &&
        !givenByRole(role, name, privilege) &&
        !onAll.includes(privilege),
    );
    if (tooMany.length > 0) tell(widest(tooMany, IMPLIED), name);
  }
  const cluster = EXCESS_ON_CLUSTER.filter(
    (privilege) => answer.cluster[privilege] === true && !role.cluster.includes(privilege),
  );
  if (cluster.length > 0) tell(widest(cluster, IMPLIED_ON_CLUSTER), 'the cluster');
  return {
    part,
    missing: [...needed].flatMap(([name, privileges]) => {
      const lacking = [...privileges].filter((privilege) => !has(name, privilege));
      return lacking.length === 0 ? [] : [`${lacking.join(', ')} on ${name}`];
    }),
    excess: [...excess].map(([privileges, on]) => `${privileges} on ${on.join(', ')}`),
    superuser: answer.cluster['all'] === true && has('*', 'all'),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Of these privileges those that no other of them holds. */
function widest(
  privileges: readonly string[],
  implied: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return privileges.filter(
    (privilege) => !privileges.some((other) => other !== privilege && implied[other]?.includes(privilege)),
  );
}

/** Whether the role file gives it, as patterns: another profile's sources, another namespace's streams. */
function givenByRole({ indices }: Role, name: string, privilege: string): boolean {
  return indices.some(
    ({ names, privileges }) =>
      privileges.includes(privilege) &&
      names.some((pattern) =>
        pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
      ),
  );
}

/** What the role file gives, in one namespace, with the profiles' indices in the place of our own sources. */
function neededRights({ role, namespace, sources }: RightsOptions): ReadonlyMap<string, ReadonlySet<string>> {
  const needed = new Map<string, Set<string>>();
  for (const { names, privileges } of role.indices)
    for (const name of names)
      for (const concrete of name.startsWith('logs-ot_zeek.')
        ? sources
        : [name.replace(/-\*$/, `-${namespace}`)]) {
        const of = needed.get(concrete) ?? new Set();
        for (const privilege of privileges) of.add(privilege);
        needed.set(concrete, of);
      }
  return needed;
}
