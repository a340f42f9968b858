import { createHash } from 'node:crypto';

/**
 * The `_id` of an alert's annotation: one an alert, and one for each request that asked again. A restarted or a
 * second worker finds it written (409) instead of writing it twice.
 */
export function annotationId(alertId: string, request?: string): string {
  return digest('triage', alertId, request ?? '');
}

/** The `_id` of the nth draft of an annotation. */
export function draftId(annotation: string, ordinal: number): string {
  return digest('recommendation', annotation, String(ordinal));
}

/** 27 characters of base64url: 160 bits of SHA-256. */
export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 20).toString('base64url');
}
