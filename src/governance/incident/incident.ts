import { z } from 'zod';

/** A document of the incident stream: opened or closed by a person, whom Elasticsearch stamps. */
export const incidentEventSchema = z.object({
  id: z.string().min(1).max(200),
  state: z.enum(['open', 'closed']),
  /** ISO 8601 */
  at: z.iso.datetime(),
  /** from when on somebody may have been in the network, as far as is known */
  suspected_from: z.iso.datetime().optional(),
  note: z.string().max(4_000).optional(),
  /** no alert of this system told of it */
  missed: z.boolean().optional(),
  person: z.string(),
});
export type IncidentEvent = z.infer<typeof incidentEventSchema>;

/** An incident as its documents tell it. */
export interface Incident {
  readonly id: string;
  readonly openedAt: string;
  readonly suspectedFrom: string;
  /** undefined while it is open */
  readonly closedAt: string | undefined;
  /** a person said that no alert told of it */
  readonly missed: boolean;
}

/** Folds the events (any order) into incidents; opening again opens again, and the earliest suspicion counts. */
export function foldIncidents(events: readonly IncidentEvent[]): readonly Incident[] {
  const byId = new Map<string, Incident>();
  for (const event of [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const before = byId.get(event.id);
    if (event.state === 'closed') {
      if (before !== undefined) byId.set(event.id, { ...before, closedAt: event.at });
      continue;
    }
    const suspected = event.suspected_from ?? event.at;
    byId.set(event.id, {
      id: event.id,
      openedAt: before?.openedAt ?? event.at,
      suspectedFrom: earlier(before?.suspectedFrom, suspected),
      closedAt: undefined,
      missed: before?.missed === true || event.missed === true,
    });
  }
  return [...byId.values()];
}

function earlier(a: string | undefined, b: string): string {
  return a !== undefined && Date.parse(a) < Date.parse(b) ? a : b;
}
