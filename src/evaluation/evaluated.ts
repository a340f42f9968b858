import type { ReadFile } from '../ingest/readZeekRows.js';
import type { Model } from '../model/artifact.js';
import type { EncryptedRelation } from './encrypted.js';
import type { KeySight } from './sight.js';
import type { Tallied } from './tally.js';

/** What an evaluation found. */
export interface Evaluated {
  readonly model: Model;
  /** days: from the first row to the last */
  readonly baseline: { readonly records: number; readonly days: number };
  readonly test: { readonly records: number };
  /** where baseline and test were split, ISO 8601; undefined where they are files of their own */
  readonly splitAt: string | undefined;
  readonly tallied: Tallied;
  readonly keys: readonly KeySight[];
  readonly encrypted: readonly EncryptedRelation[];
  readonly files: readonly ReadFile[];
}
