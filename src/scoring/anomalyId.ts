import { createHash } from 'node:crypto';

/**
 * The `_id` of an anomaly: the same model and source document always give the same one, so that a replay
 * finds its alerts already written (409) instead of writing them twice.
 *
 * @returns 27 characters of base64url: 160 bits of SHA-256
 */
export function anomalyId(modelSha256: string, sourceIndex: string, sourceId: string): string {
  const digest = createHash('sha256')
    .update(`${modelSha256}\n${dataStreamOf(sourceIndex)}\n${sourceId}`)
    .digest();
  return digest.subarray(0, 20).toString('base64url');
}

/** A backing index `.ds-<stream>-<date>-<generation>` changes with a rollover; the stream it belongs to doesn't. */
function dataStreamOf(index: string): string {
  return /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$/.exec(index)?.[1] ?? index;
}
