import { childKey, type Key } from '../random.js';
import { SECOND, type Span } from '../time.js';

/** A stretch in which a client is there, under a key of its own. */
export interface Presence {
  readonly key: Key;
  /** It opens a connection here; undefined: it has one already. */
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** A master that takes over needs this long to begin. */
const TAKES_OVER = 2 * SECOND;

/** When a client is there within a recording: all the time, in the spans named, or outside the spans named. */
export function presences(
  client: {
    readonly key: Key;
    readonly since?: number | undefined;
    readonly present?: ((span: Span) => readonly Span[]) | undefined;
    readonly absent?: ((span: Span) => readonly Span[]) | undefined;
  },
  recording: Span,
): readonly Presence[] {
  const { key, since, present, absent } = client;
  const touches = ({ from, to }: Span) => to > recording.from && from < recording.to;
  if (present !== undefined)
    return present(recording)
      .filter(touches)
      .map((span) => ({
        key: childKey(key, 'present', span.from),
        since: span.from < recording.from ? undefined : span.from + TAKES_OVER,
        until: span.to,
      }));
  const gaps = absent?.(recording).filter(touches) ?? [];
  const first: Presence = { key, since, until: gaps[0]?.from };
  const later = gaps.map(
    ({ to }, i): Presence => ({
      key: childKey(key, 'present', to),
      since: to + TAKES_OVER,
      until: gaps[i + 1]?.from,
    }),
  );
  const beginsAway = (gaps[0]?.from ?? Number.POSITIVE_INFINITY) <= recording.from;
  return beginsAway ? later : [first, ...later];
}
