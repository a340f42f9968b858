import { z } from 'zod';
import type { OtRecord } from '../../../features/otRecord.js';
import type { Known } from '../../known.js';
import { Memory } from '../../memory.js';
import { scoreOf } from '../../scale.js';
import type { Chart, MakeChart, Part } from '../detector.js';

/** Whom an address met in one hour (UTC). */
type Hour = readonly [hour: number, peers: readonly string[]];

/** Keys hold sensor and log: rows are in order of time within such a stream, between them in whatever order they came. */
const streamOf = ({ sensor, log }: OtRecord) => `${sensor}|${log}`;

const stateSchema = z.array(z.tuple([z.string(), z.tuple([z.number(), z.array(z.string())])]));

/** Peers an address may meet in an hour whatever the baseline says: a dozen is nobody's scan. */
const PEERS_AT_LEAST = 12;
/** … and this many times as many as it met in the whole baseline. */
const TIMES_BASELINE = 1.5;
/** Beyond so many limits peers are no longer told apart: memory stays bounded in a flood. */
const LIMITS_AT_MOST = 4;

/**
 * Fan-out and fan-in: one source that meets far more destinations in an hour than it knows (a scan), one destination
 * and port that far more sources meet than know it (a flood). Novelty sees each new pair; this sees what they are together.
 */
export const fanOut: MakeChart = (_model, known: Known): Chart => {
  const hours = new Memory<Hour>(20_000);

  function count(key: string, peer: string, ts: number, limit: number): number {
    const hour = Math.floor(ts / 3600);
    const before = hours.get(key);
    if (before !== undefined && before[0] > hour) return 0;
    const peers = before?.[0] === hour ? before[1] : [];
    if (peers.includes(peer) || peers.length > limit * LIMITS_AT_MOST) return peers.length;
    hours.set(key, [hour, [...peers, peer]]);
    return peers.length + 1;
  }

  return {
    name: 'fan_out',
    judge({ record }) {
      const met = known.peersOf(record);
      const stream = streamOf(record);
      const out = limitFor(met.destinations);
      const into = limitFor(met.sources);
      const scan = part(
        'scan',
        record,
        count(`${stream}|scan|${record.source}`, record.destination, record.ts, out),
        out,
      );
      const flood = part(
        'flood',
        record,
        count(`${stream}|flood|${record.destination}|${record.port}`, record.source, record.ts, into),
        into,
      );
      return flood.score < scan.score ? flood : scan;
    },
    state: () => hours.entries(),
    restore: (state) => hours.restore(stateSchema.parse(state)),
  };
};

function limitFor(met: number): number {
  return Math.max(PEERS_AT_LEAST, Math.ceil(TIMES_BASELINE * met));
}

function part(what: 'scan' | 'flood', record: OtRecord, peers: number, limit: number): Part {
  const score = scoreOf(peers, limit);
  const subject = what === 'scan' ? `scan|${record.source}` : `flood|${record.destination}|${record.port}`;
  if (peers < limit) return { detector: 'fan_out', score, evidence: [], subject };
  const text =
    what === 'scan'
      ? `${record.source} met ${peers} destinations in an hour; the baseline allows ${limit - 1}`
      : `${peers} sources met ${record.destination}:${record.port} in an hour; the baseline allows ${limit - 1}`;
  return {
    detector: 'fan_out',
    score,
    subject,
    evidence: [{ feature: what, observed: `${peers} in an hour`, usual: `up to ${limit - 1}`, text }],
  };
}
