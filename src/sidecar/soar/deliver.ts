import { Webhook } from 'standardwebhooks';
import { deadline } from '../../app/triage/deadline.js';
import type { Notification } from './notifications.js';

const TIMEOUT_MS = 10_000;

/** HTTP status of the receiver; 0 if it gave no answer. */
export type Deliver = (notification: Notification, now: Date) => Promise<number>;

/** Sends signed by the scheme of Standard Webhooks. Follows no redirect: the address is the one that was configured. */
export function delivery(
  { url, secret }: { readonly url: string; readonly secret: string },
  signal: AbortSignal,
): Deliver {
  const webhook = new Webhook(secret);
  return async ({ id, type, data }, now) => {
    const limit = deadline(TIMEOUT_MS, signal);
    const body = JSON.stringify({ type, timestamp: now.toISOString(), data });
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: limit.signal,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': webhook.sign(id, now, body),
        },
        body,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    } finally {
      limit.clear();
    }
  };
}
