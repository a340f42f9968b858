import { SHIFT_SECONDS } from '../../anomaly/group.js';
import type { Traffic } from '../../profiles/queries.js';

/** Where and when a document of an alert's group was seen. */
export interface Sighting {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  /** seconds since the epoch, Zeek's time */
  readonly ts: number;
}

/**
 * The traffic that a confirmed attack's group stands for. A group writes a bounded number of documents and only counts
 * the rest, so its rows are known by what they have in common, in the whole of the group's shift: one host to many
 * (a scan), many hosts to one port (a flood), or the same two ends. Rather a shift of an honest row too much is left out
 * than one of the intruder's is learnt.
 *
 * @param sightings of one group
 */
export function attackTraffic(sightings: readonly Sighting[]): readonly Traffic[] {
  const [first] = sightings;
  if (first === undefined) return [];
  const from = Math.floor(first.ts / SHIFT_SECONDS) * SHIFT_SECONDS;
  const span = { from, to: from + SHIFT_SECONDS };
  const sources = new Set(sightings.map(({ source }) => source));
  const destinations = new Set(sightings.map(({ destination }) => destination));
  if (sources.size === 1 && destinations.size > 1) return [{ source: first.source, ...span }];
  const relations = new Map(
    sightings.map(({ source, destination, port }) => [
      `${sources.size > 1 && destinations.size === 1 ? '' : source}|${destination}|${port}`,
      {
        ...(sources.size > 1 && destinations.size === 1 ? {} : { source }),
        destination,
        port,
        ...span,
      },
    ]),
  );
  return [...relations.values()];
}
