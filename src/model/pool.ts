import type { OtRecord } from '../features/otRecord.js';

/** Short sequences of one log and function code are pooled by their ratio to their own median. */
export function poolKey(record: OtRecord): string {
  return `${record.log}|${record.functionCode}`;
}

/** The pool of a sequence, by its key (features/relation.ts). */
export function poolOfSequence(key: string): string {
  const [log, , , , , , , , functionCode] = key.split('|');
  return `${log}|${functionCode}`;
}
