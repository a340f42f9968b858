import { createHash } from 'node:crypto';
import type { Group } from '../anomaly/group.js';

/**
 * The `_id` of a further sign of a group: the same model, group and source document always give the same one, so
 * that a replay finds it already written (409) instead of writing it twice.
 *
 * @returns 27 characters of base64url: 160 bits of SHA-256
 */
export function anomalyId(modelSha256: string, group: Group, sourceIndex: string, sourceId: string): string {
  return digest(modelSha256, group.key, dataStreamOf(sourceIndex), sourceId);
}

/**
 * The `_id` of a group's alert: the same model, group and shift always give the same one, whichever record comes
 * first, so that no replay, restart, second sensor or second scorer tells it twice.
 */
export function groupId(modelSha256: string, group: Group): string {
  return digest(modelSha256, group.key, String(group.shift));
}

/** The `_id` of a sensor's alert: the same for every model, since nothing of a model is in it. */
export function sensorAlertId(key: string, shift: number): string {
  return digest(key, String(shift));
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest().subarray(0, 20).toString('base64url');
}

/** A backing index `.ds-<stream>-<date>-<generation>` changes with a rollover; the stream it belongs to doesn't. */
function dataStreamOf(index: string): string {
  return /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$/.exec(index)?.[1] ?? index;
}
