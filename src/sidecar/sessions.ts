import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import type { Principal } from '../elasticsearch/principal.js';

/** A person who signed in. The client holds the credential, in this process's memory and nowhere else. */
export interface Session {
  readonly principal: Principal;
  readonly client: Client;
  /** what every form of this session must bring back */
  readonly csrf: string;
  readonly since: number;
  lastUsed: number;
}

export interface SessionLimits {
  readonly idleMs: number;
  readonly lifetimeMs: number;
  /** milliseconds since the epoch */
  readonly now: () => number;
}

const SESSIONS_MAX = 500;
const SESSIONS_A_PERSON_MAX = 5;

/** Who is signed in. Ends what is idle or old, and the oldest of a person who has too many. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #limits: SessionLimits;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** @returns the new session's secret, 256 bits, for the cookie; undefined if the server is full */
  open(principal: Principal, client: Client): string | undefined {
    this.sweep();
    const own = [...this.#sessions].filter(([, one]) => one.principal.username === principal.username);
    for (const [id] of own.slice(0, Math.max(0, own.length - SESSIONS_A_PERSON_MAX + 1))) this.close(id);
    if (this.#sessions.size >= SESSIONS_MAX) return undefined;
    const id = secret();
    const now = this.#limits.now();
    this.#sessions.set(id, { principal, client, csrf: secret(), since: now, lastUsed: now });
    return id;
  }

  find(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    if (this.#isOver(session)) {
      this.close(id);
      return undefined;
    }
    session.lastUsed = this.#limits.now();
    return session;
  }

  close(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    void session?.client.close();
  }

  sweep(): void {
    for (const [id, session] of this.#sessions) if (this.#isOver(session)) this.close(id);
  }

  closeAll(): void {
    for (const id of [...this.#sessions.keys()]) this.close(id);
  }

  #isOver({ since, lastUsed }: Session): boolean {
    const now = this.#limits.now();
    return now - lastUsed > this.#limits.idleMs || now - since > this.#limits.lifetimeMs;
  }
}

/** 256 bits of base64url. */
export function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares without telling by its time how much was right. */
export function isSame(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
