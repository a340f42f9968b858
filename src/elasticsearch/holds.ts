import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { explaining } from './errors.js';

/** An index with documents that stand under legal hold. */
export interface HeldIndex {
  readonly index: string;
  /** the alerts and incidents that its documents are held for */
  readonly subjects: readonly string[];
  /** a lock was put on it and not taken off since */
  readonly locked: boolean;
}

/** Users of this system's own parts. */
const OWN_PARTS = 'ot_anomaly_';
const SUBJECTS_AT_MOST = 5_000;
const INDICES_AT_MOST = 1_000;
const time = z.object({ value: z.number().nullable() });
const counted = z.object({ doc_count: z.number(), at: time });
const aggregations = z.object({
  subjects: z.object({
    buckets: z.array(
      z.object({
        key: z.string(),
        held: z.object({ indices: z.object({ buckets: z.array(z.object({ key: z.string() })) }) }),
        placed: counted,
        released: counted,
      }),
    ),
  }),
  indices: z.object({ buckets: z.array(z.object({ key: z.string(), locked: counted, unlocked: counted })) }),
});

/** Every index that a hold which stands reaches into, by what the hold stream says. */
export async function readHolds(client: Client, namespace: string): Promise<readonly HeldIndex[]> {
  const action = (name: string) => ({ term: { 'event.action': name } });
  // A hold is placed by a part of this system; locked and released by people alone, whatever a part's key may write.
  const byPeople = (name: string) => ({
    bool: { filter: [action(name)], must_not: [{ prefix: { 'user.name': OWN_PARTS } }] },
  });
  const at = { at: { max: { field: 'event.ingested' } } };
  const found = await explaining('reading what is under legal hold', () =>
    client.search({
      index: `logs-ot_anomaly.hold-${namespace}`,
      size: 0,
      ignore_unavailable: true,
      aggs: {
        subjects: {
          terms: { field: 'ot_anomaly.hold.subject', size: SUBJECTS_AT_MOST },
          aggs: {
            held: {
              filter: action('document-held'),
              aggs: { indices: { terms: { field: 'ot_anomaly.hold.index', size: INDICES_AT_MOST } } },
            },
            placed: { filter: action('hold-placed'), aggs: at },
            released: { filter: byPeople('hold-released'), aggs: at },
          },
        },
        indices: {
          terms: { field: 'ot_anomaly.hold.index', size: INDICES_AT_MOST },
          aggs: {
            locked: { filter: byPeople('original-locked'), aggs: at },
            unlocked: { filter: byPeople('original-unlocked'), aggs: at },
          },
        },
      },
    }),
  );
  if (found.aggregations === undefined) return []; // an older set-up made no such stream
  const { subjects, indices } = aggregations.parse(found.aggregations);
  const locked = new Set(
    indices.buckets.filter(({ locked, unlocked }) => isNewer(locked, unlocked)).map(({ key }) => key),
  );
  const bySubject = subjects.buckets
    .filter(({ placed, released }) => released.doc_count === 0 || isNewer(placed, released))
    .flatMap(({ key, held }) => held.indices.buckets.map(({ key: index }) => [index, key] as const));
  return [...new Set(bySubject.map(([index]) => index))].sort().map((index) => ({
    index,
    subjects: bySubject.filter(([name]) => name === index).map(([, subject]) => subject),
    locked: locked.has(index),
  }));
}

function isNewer(one: z.infer<typeof counted>, other: z.infer<typeof counted>): boolean {
  return (one.at.value ?? -1) > (other.at.value ?? -1);
}
