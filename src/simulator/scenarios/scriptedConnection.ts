import type { Activity } from '../activity.js';
import type { Conversation } from '../conversations/conversation.js';
import { runConversation } from '../conversations/runConversation.js';
import type { Host, Plc } from '../host.js';
import type { Key } from '../random.js';
import { runSession } from '../runSession.js';
import { type ScriptedRequest, type Session, session } from '../session.js';
import { MILLISECOND, SECOND, toIso } from '../time.js';
import type { OpenLabel } from './scenario.js';

/** A connection that carries only what its script says, and is closed half a second after the last answer. */
export function scriptedConnection(
  key: Key,
  client: Host,
  server: Plc,
  script: readonly ScriptedRequest[],
): Session {
  const first = script[0]?.at ?? 0;
  const last = script.at(-1)?.at ?? first;
  return session({
    key,
    client,
    server,
    opensAt: first - 3 * MILLISECOND,
    midstream: false,
    polling: undefined,
    script,
    endsAt: last + SECOND / 2,
    ending: 'client-closes',
    stretches: () => ({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }),
    recordedUntil: Number.POSITIVE_INFINITY,
  });
}

export function connectionActivity(name: string, connection: Session): Activity {
  return { name, steps: (recording) => runSession(connection, recording) };
}

/** A planned connection of any protocol. */
type Planned = Pick<Session, 'uid' | 'opensAt' | 'endsAt' | 'client'> & { readonly server: Host };

export function connectionLabel(connection: Planned, note: string): OpenLabel {
  return {
    from: toIso(connection.opensAt),
    to: toIso(connection.endsAt),
    uids: [connection.uid],
    source: connection.client.address,
    destination: connection.server.address,
    note,
  };
}

/** The injection that consists of conversations. */
export function conversationInjection(name: string, connections: readonly Conversation[], note: string) {
  return {
    labels: connections.map((connection) => connectionLabel(connection, note)),
    activities: connections.map(
      (connection): Activity => ({ name, steps: (recording) => runConversation(connection, recording) }),
    ),
  };
}

/** The injection that consists of such connections. */
export function scriptedInjection(name: string, connections: readonly Session[], note: string) {
  return {
    labels: connections.map((connection) => connectionLabel(connection, note)),
    activities: connections.map((connection) => connectionActivity(name, connection)),
  };
}
