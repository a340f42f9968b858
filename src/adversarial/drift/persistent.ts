import type { Model } from '../../model/artifact.js';
import { drive } from '../drive.js';
import { readers, rhythmOf } from '../evasion/roles.js';
import { zeekRow } from '../group.js';
import type { DriftResult } from '../result.js';
import { ARTICLE, DRIFT_HOURS } from './article.js';

/** Polls written of each hour; the rhythm within them is true. */
const POLLS_AN_HOUR = 30;
/** A connection is kept for so long; conn.log has one row of it. */
const CONNECTION_HOURS = 8;

/**
 * The same drift over connections that are kept open: no log has the bytes of a poll, and conn.log one row of a whole
 * shift's, stamped with its beginning. Said, not judged: where the relation's connections have a habit of answering,
 * the row of a whole shift may break it, hours late; where they have none, nothing can see the drift.
 */
export function persistentDrift(model: Model, day: number): DriftResult['persistent'] {
  const reader = readers(model).find(({ log }) => log !== 'conn');
  if (reader === undefined)
    return { connections: 0, seen: null, text: 'no relation keeps its connection open: nothing to try' };
  const rhythm = rhythmOf(model, reader);
  const period = Math.min(60, rhythm?.median ?? 1);
  const rows = [];
  for (let hour = 0; hour < DRIFT_HOURS; hour++) {
    const uid = `CgateKept${Math.floor(hour / CONNECTION_HOURS)}`;
    const bytes = ARTICLE.from + ((ARTICLE.to - ARTICLE.from) * hour) / DRIFT_HOURS;
    if (hour % CONNECTION_HOURS === 0)
      rows.push(
        zeekRow(
          { ...reader, log: 'conn', unit: '-', functionCode: '-' },
          {
            ts: day + hour * 3600,
            uid,
            duration: CONNECTION_HOURS * 3600,
            orig_bytes: Math.round((CONNECTION_HOURS * 3600 * bytes) / period),
            resp_bytes: Math.round((CONNECTION_HOURS * 3600 * ARTICLE.from) / period),
          },
        ),
      );
    for (let i = 0; i < POLLS_AN_HOUR; i++)
      rows.push(zeekRow(reader, { ts: day + hour * 3600 + (i + 1) * period, uid, ...rhythm?.where }));
  }
  const connections = Math.ceil(DRIFT_HOURS / CONNECTION_HOURS);
  const { detectors } = drive(model, rows);
  const names = [...new Set([...detectors.values()].flat())].sort();
  const seen = names.length > 0;
  return {
    connections,
    seen,
    text: seen
      ? `rows of kept-open connections drew an alert (${names.join(', ')}), at most once a connection and after its end`
      : 'not covered: a poll over a connection that is kept open has no bytes in any log, so no drift of them shows',
  };
}
