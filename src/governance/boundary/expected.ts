/** What a role file grants on the streams: all that its credential may do. */
export interface GrantedRole {
  readonly name: string;
  /** rights over the cluster that the role file grants; of those below only `monitor` may stand there */
  readonly cluster: readonly string[];
  readonly indices: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[];
}

/** Streams of this namespace exist for the boundary check alone: acts that must fail are tried on nothing else. */
export const CANARY_NAMESPACE = 'boundary_canary';

/** Rights that no credential of ours may hold on any stream, whatever its role. */
export const NEVER_ON_INDEX = [
  'all',
  'auto_configure',
  'create',
  'create_index',
  'delete',
  'delete_index',
  'index',
  'maintenance',
  'manage',
  'manage_data_stream_lifecycle',
  'manage_follow_index',
  'manage_ilm',
  'manage_leader_index',
  'write',
] as const;

/** Rights over the cluster that a credential of ours holds in no case, but for `monitor`, which reads the version. */
export const NEVER_ON_CLUSTER = [
  'all',
  'manage',
  'manage_api_key',
  'manage_own_api_key',
  'manage_ingest_pipelines',
  'manage_index_templates',
  'manage_pipeline',
  'manage_security',
  'monitor',
] as const;

/** Whether the role grants a right on a stream. */
export function grants({ indices }: GrantedRole, stream: string, privilege: 'create_doc' | 'read'): boolean {
  return indices.some(
    ({ names, privileges }) =>
      privileges.includes(privilege) && names.some((pattern) => matches(pattern, stream)),
  );
}

/** Elasticsearch's patterns: `*` stands for anything. */
export function matches(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(name);
}
