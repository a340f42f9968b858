/** Which check covers a prohibited action of the policy, or why none of ours can. */
export type Coverage =
  | { readonly covered: true; readonly by: readonly string[] }
  | { readonly covered: false; readonly outside: string };

const NO_CONNECTION =
  'outside Elasticsearch: no part of this system opens a connection to anything but Elasticsearch, the LLM and the configured webhook; enforce it in the network too';

/** The policy's actions in the words of the shipped file, and what stands for each. */
const KNOWN: Readonly<Record<string, Coverage>> = {
  'write to PLC setpoints': { covered: false, outside: NO_CONNECTION },
  'write to historian configuration': { covered: false, outside: NO_CONNECTION },
  'close or suppress SIEM alerts': {
    covered: true,
    by: [
      'overwrite',
      'update',
      'delete',
      'update_by_query',
      'delete_by_query',
      'close_index',
      'pipeline',
      'decision',
    ],
  },
  'modify network ACLs or firewall rules': { covered: false, outside: NO_CONNECTION },
  'trigger automated response playbooks without human approval': {
    covered: true,
    by: ['decision', 'elsewhere', 'api_key', 'role'],
  },
};

/** @returns undefined for an action that nobody has mapped yet: the boundary check says so and fails */
export function coverageOf(action: string): Coverage | undefined {
  return KNOWN[action];
}
