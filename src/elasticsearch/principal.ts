import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { anomalyStream } from './alertStore.js';
import { decisionStream } from './decisionStore.js';
import { explaining } from './errors.js';
import { triageStream } from './triageStore.js';

/** Who holds a credential, and what it may do here: Elasticsearch says both. */
export interface Principal {
  readonly username: string;
  readonly fullName: string;
  readonly roles: readonly string[];
  readonly mayRead: boolean;
  readonly mayDecide: boolean;
  readonly mayDraft: boolean;
  /** it could change or delete what this system has written */
  readonly mayTamper: boolean;
}

const identity = z.object({
  username: z.string().min(1),
  full_name: z.string().nullish(),
  roles: z.array(z.string()),
});

const TAMPERING = ['index', 'delete', 'manage'] as const;

/**
 * Asks Elasticsearch whose credential the client holds.
 *
 * @throws {ElasticsearchError} `unauthenticated` if it is nobody's
 */
export async function whoIs(client: Client, namespace: string): Promise<Principal> {
  const { username, full_name, roles } = identity.parse(
    await explaining('signing in', () => client.security.authenticate()),
  );
  const [anomaly, decision, draft] = [
    anomalyStream(namespace),
    decisionStream(namespace),
    triageStream('recommendation', namespace),
  ];
  const { index } = await explaining('asking what the account may do', () =>
    client.security.hasPrivileges({
      index: [
        { names: [anomaly], privileges: ['read', ...TAMPERING] },
        { names: [decision], privileges: ['create_doc', 'read', ...TAMPERING] },
        { names: [draft], privileges: ['create_doc'] },
      ],
    }),
  );
  const may = (stream: string, privilege: string) => index[stream]?.[privilege] === true;
  return {
    username,
    fullName: full_name ?? '',
    roles,
    mayRead: may(anomaly, 'read') && may(decision, 'read'),
    mayDecide: may(decision, 'create_doc'),
    mayDraft: may(draft, 'create_doc'),
    mayTamper: TAMPERING.some((privilege) => may(anomaly, privilege) || may(decision, privilege)),
  };
}
