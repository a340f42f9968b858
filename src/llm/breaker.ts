import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { FallbackReason } from '../triage/fallback.js';
import type { LlmReply } from './messagesApi.js';

/** Replies that say something of the server, not of one question. */
const SERVER_FAULTS: ReadonlySet<FallbackReason> = new Set([
  'timeout',
  'outage',
  'rate_limited',
  'not_accepted',
]);

export interface LlmBreaker {
  /** 'circuit_open' if the server has just failed repeatedly: it wasn't asked */
  ask(call: () => Promise<LlmReply>): Promise<LlmReply | 'circuit_open'>;
  state(): 'closed' | 'open' | 'half_open';
}

/**
 * Stops asking a server that failed `failures` times in a row; after a pause one question goes through, and its
 * reply decides.
 */
export function llmBreaker(failures = 5, pauseMs = 30_000): LlmBreaker {
  const policy = circuitBreaker(
    handleWhenResult((reply) => isServerFault(reply as LlmReply)),
    { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(failures) },
  );
  return {
    async ask(call) {
      try {
        return await policy.execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return 'circuit_open';
        throw error;
      }
    },
    state() {
      if (policy.state === CircuitState.Closed) return 'closed';
      return policy.state === CircuitState.HalfOpen ? 'half_open' : 'open';
    },
  };
}

function isServerFault(reply: LlmReply): boolean {
  return reply.kind === 'failed' && SERVER_FAULTS.has(reply.reason);
}
