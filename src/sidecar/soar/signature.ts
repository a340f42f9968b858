import { createHash } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** Twice the age that a message may have: nothing older passes the check of its time. */
const REMEMBERED_MS = 10 * 60_000 + 1_000;
const REMEMBERED_MAX = 100_000;

export type Verified =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly code: 'bad-signature' | 'stale' | 'replayed' };

/**
 * Checks messages by the scheme of Standard Webhooks: HMAC over id, time and body, at most five minutes off, and each
 * id once. Several secrets may hold while one is replaced by another.
 */
export class SignatureCheck {
  readonly #webhooks: readonly Webhook[];
  readonly #seen = new Map<string, number>();
  readonly #now: () => number;

  /** @param secrets `whsec_` and base64 */
  constructor(secrets: readonly string[], now: () => number) {
    this.#webhooks = secrets.map((secret) => new Webhook(secret));
    this.#now = now;
  }

  check(body: Buffer, headers: Readonly<Record<string, string | undefined>>): Verified {
    const id = headers['webhook-id'] ?? '';
    const signed = {
      'webhook-id': id,
      'webhook-timestamp': headers['webhook-timestamp'] ?? '',
      'webhook-signature': headers['webhook-signature'] ?? '',
    };
    if (!/^[\x21-\x7e]{1,256}$/.test(id)) return { ok: false, code: 'bad-signature' };
    let stale = false;
    const verified = this.#webhooks.some((webhook) => {
      try {
        webhook.verify(body, signed, { jsonParse: false });
        return true;
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error;
        if (/too old|too new/.test(error.message)) stale = true;
        return false;
      }
    });
    if (!verified) return { ok: false, code: stale ? 'stale' : 'bad-signature' };
    this.#forget();
    const key = createHash('sha256').update(id).digest('base64url');
    if (this.#seen.has(key)) return { ok: false, code: 'replayed' };
    this.#seen.set(key, this.#now());
    return { ok: true, id };
  }

  /** Lets a message come again that could not be worked on. */
  release(id: string): void {
    this.#seen.delete(createHash('sha256').update(id).digest('base64url'));
  }

  #forget(): void {
    for (const [key, at] of this.#seen) {
      if (this.#now() - at <= REMEMBERED_MS && this.#seen.size < REMEMBERED_MAX) return;
      this.#seen.delete(key);
    }
  }
}
