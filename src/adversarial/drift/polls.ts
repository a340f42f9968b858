import { type OtRecord, toOtRecord, type ZeekRow } from '../../features/otRecord.js';
import { groupKey } from '../../features/relation.js';
import type { HourCount } from '../../model/training/structureCounts.js';
import { childKey, generator, type Key, type RandomGenerator } from '../../simulator/random.js';
import { type Group, zeekRow } from '../group.js';
import { type Noise, wanderingMean } from '../noise.js';
import type { SubPlant } from '../subPlant.js';

/** Polls keep their half second to within single-digit milliseconds. */
const JITTER_SECONDS = 0.003;

/** A relation that polls as the article's does, each poll a connection of its own. */
export interface PolledRelation {
  /** of conn.log */
  readonly group: Group;
  /** bytes without noise or drift */
  readonly level: number;
  readonly noise: Noise;
  readonly respBytes: number;
  /** the article's 7,200; fewer only in tests of the gate itself */
  readonly pollsAnHour: number;
}

/**
 * One stretch of polls, lazily, in order of time: the same key gives the same noise whatever the drift.
 *
 * @param from seconds since the epoch
 * @param drift added at a time, hours since `from`
 */
export function* polls(
  { group, level, noise, respBytes, pollsAnHour }: PolledRelation,
  { from, count, key, drift }: { from: number; count: number; key: Key; drift: (hour: number) => number },
): Generator<ZeekRow> {
  const mean = wanderingMean(childKey(key, 'mean'), noise, count / pollsAnHour);
  const random = generator(childKey(key, 'polls'));
  const drawn = normals(random);
  for (let i = 0; i < count; i++) {
    const hour = i / pollsAnHour;
    const bytes = level + mean(hour) + noise.sigma * drawn() + drift(hour);
    const ts = from + hour * 3600 + JITTER_SECONDS * clamp(drawn());
    yield zeekRow(group, {
      ts: Math.round(ts * 1e6) / 1e6,
      uid: `C${i.toString(36)}`,
      conn_state: 'SF',
      history: 'ShADadFf',
      orig_bytes: Math.max(0, Math.round(bytes)),
      resp_bytes: respBytes,
    });
  }
}

/**
 * The relation's baseline as the trainer would read it from Elasticsearch: every hour counted in full, and of each
 * hour its first rows, as many as the limit allows.
 */
export function polledBaseline(
  relation: PolledRelation,
  { from, to, key, rowsAtMost }: { from: number; to: number; key: Key; rowsAtMost: number },
): SubPlant {
  const hours = Math.floor((to - from) / 3600);
  const anHour = Math.max(2, Math.min(relation.pollsAnHour, Math.floor(rowsAtMost / hours)));
  const mean = wanderingMean(childKey(key, 'mean'), relation.noise, hours);
  const counts: HourCount[] = [];
  const stretches: OtRecord[][] = [];
  let groupOf = '';
  for (let hour = 0; hour < hours; hour++) {
    const stretch: OtRecord[] = [];
    const still = { ...relation, noise: { ...relation.noise, wander: 0 } };
    const rows = polls(still, {
      from: from + hour * 3600,
      count: anHour,
      key: childKey(key, 'hour', hour),
      drift: (within) => mean(hour + within),
    });
    for (const row of rows) {
      const record = toOtRecord(row);
      if (record !== undefined) stretch.push(record);
    }
    const example = stretch[0];
    if (example === undefined) continue;
    groupOf = groupKey(example);
    counts.push({
      record: example,
      hour: Math.floor(from / 3600) + hour,
      rows: relation.pollsAnHour,
      exceptions: 0,
      requests: relation.pollsAnHour,
    });
    stretches.push(stretch);
  }
  return { counts, rows: new Map([[groupOf, stretches]]) };
}

/** Both of Box and Muller's pair (1958). */
function normals(random: RandomGenerator): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const u = 1 - (random.next() >>> 0) / 2 ** 32;
    const v = (random.next() >>> 0) / 2 ** 32;
    const radius = Math.sqrt(-2 * Math.log(u));
    spare = radius * Math.sin(2 * Math.PI * v);
    return radius * Math.cos(2 * Math.PI * v);
  };
}

/** Three standard deviations at most, so that no poll overtakes another. */
function clamp(z: number): number {
  return Math.max(-3, Math.min(3, z));
}
