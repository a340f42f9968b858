import type { Host } from '../host.js';
import type { Key } from '../random.js';
import { MILLISECOND, SECOND } from '../time.js';
import { type Conversation, conversation, type ScriptedExchange } from './conversation.js';

/** A TCP connection that carries only what its script says, and is closed a second after it began its last part. */
export function scriptedConversation(plan: {
  readonly key: Key;
  readonly client: Host;
  readonly server: Host;
  readonly serverPort: number;
  readonly service: string;
  readonly script: readonly ScriptedExchange[];
}): Conversation {
  const first = plan.script[0]?.at ?? 0;
  const last = plan.script.at(-1)?.at ?? first;
  return conversation({
    ...plan,
    transport: 'tcp',
    opensAt: first - 3 * MILLISECOND,
    midstream: false,
    cycles: undefined,
    endsAt: last + SECOND,
    ending: 'client-closes',
    stretches: () => ({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }),
    recordedUntil: Number.POSITIVE_INFINITY,
    recordAround: false,
  });
}
