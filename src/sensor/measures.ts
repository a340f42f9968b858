import type { ConditionEvidence, ConditionKind } from './condition.js';
import type { SensorSign } from './sensorSign.js';
import type { Tally } from './tally.js';

/** Percent. A lost packet in a hundred spoils about two intervals in a hundred; the goal is 1 false alert in 10,000. */
const LOSS_AT_MOST = 1;
/** Payload bytes below which a share of missed ones says nothing. */
const BYTES_AT_LEAST = 10_000;
/** Share of TCP connections with data seen in one direction only: a mirror port that lacks a direction. */
const ONE_SIDED_AT_MOST = 0.2;
const CONNECTIONS_AT_LEAST = 20;
const MESSAGES_AT_LEAST = 20;
/** Seconds a row may be ahead of its arrival: clocks kept by NTP differ by less than one. */
const AHEAD_AT_MOST = 60;
/** Seconds a row may be behind: Zeek's buffers, a shipper's batches and a busy cluster take up to some minutes. */
const BEHIND_AT_MOST = 300;
/** Rows further behind than a day are logs of the past that were brought in, not a slow clock. */
const BEHIND_PAST = 86_400;
/** A slow clock is behind by the same all the while; a backlog that comes in is not. Seconds from least to most. */
const STEADY_WITHIN = 120;

/** How one kind of condition is judged from a tally. */
export interface Measure {
  readonly kind: ConditionKind;
  readonly take: (tally: Tally, sign: SensorSign) => void;
  /** undefined: too little was seen to say */
  readonly judge: (tally: Tally, sensor: string) => Judgement | undefined;
  /** takes what was judged out of the tally */
  readonly clear: (tally: Tally) => void;
}

export type Judgement =
  | { readonly good: true }
  | { readonly good: false; readonly evidence: ConditionEvidence };

const GOOD: Judgement = { good: true };

export const MEASURES: readonly Measure[] = [
  {
    kind: 'capture_loss',
    take: (tally, { percentLost }) => {
      if (percentLost !== undefined) tally.percentLost = Math.max(tally.percentLost ?? 0, percentLost);
    },
    judge: ({ percentLost }, sensor) => {
      if (percentLost === null) return undefined;
      if (percentLost <= LOSS_AT_MOST) return GOOD;
      const observed = `${percentLost.toFixed(1)} % lost`;
      return bad(
        observed,
        `at most ${LOSS_AT_MOST} %`,
        `${sensor} did not see ${percentLost.toFixed(1)} % of the segments that TCP peers acknowledged (capture_loss.log); at most ${LOSS_AT_MOST} % is usual`,
      );
    },
    clear: (tally) => {
      tally.percentLost = null;
    },
  },
  {
    kind: 'missed_bytes',
    take: (tally, { bytes }) => {
      if (bytes === undefined) return;
      tally.connections += 1;
      tally.missed += bytes.missed;
      tally.seen += bytes.seen;
    },
    judge: ({ missed, seen, connections }, sensor) => {
      const all = missed + seen;
      if (all < BYTES_AT_LEAST) return undefined;
      const percent = (100 * missed) / all;
      if (percent <= LOSS_AT_MOST) return GOOD;
      return bad(
        `${missed} of ${all} bytes missed`,
        `at most ${LOSS_AT_MOST} %`,
        `${sensor} missed ${missed} of ${all} payload bytes (${percent.toFixed(1)} %) of ${connections} connections (conn.log); at most ${LOSS_AT_MOST} % is usual`,
      );
    },
    clear: (tally) => {
      tally.connections = 0;
      tally.missed = 0;
      tally.seen = 0;
    },
  },
  {
    kind: 'one_sided_flows',
    take: (tally, { oneSided }) => {
      if (oneSided === undefined) return;
      tally.carrying += 1;
      if (oneSided) tally.oneSided += 1;
    },
    judge: ({ oneSided, carrying }, sensor) => {
      if (carrying < CONNECTIONS_AT_LEAST) return undefined;
      if (oneSided <= ONE_SIDED_AT_MOST * carrying) return GOOD;
      const bound = `at most ${100 * ONE_SIDED_AT_MOST} %`;
      return bad(
        `${oneSided} of ${carrying} connections`,
        bound,
        `${sensor} saw one direction only of ${oneSided} of ${carrying} TCP connections that carried data; ${bound} is usual: does its tap or mirror port lack a direction?`,
      );
    },
    clear: (tally) => {
      tally.carrying = 0;
      tally.oneSided = 0;
    },
  },
  {
    kind: 'clock_skew',
    take: (tally, { delay }) => {
      if (delay === undefined) return;
      tally.messages += 1;
      if (delay < -AHEAD_AT_MOST) {
        tally.ahead += 1;
        tally.farthestAhead = Math.max(tally.farthestAhead, -delay);
      } else if (delay > BEHIND_AT_MOST && delay < BEHIND_PAST) {
        tally.behind += 1;
        tally.leastBehind = Math.min(tally.leastBehind ?? delay, delay);
        tally.mostBehind = Math.max(tally.mostBehind, delay);
      }
    },
    judge: ({ messages, ahead, farthestAhead, behind, leastBehind, mostBehind }, sensor) => {
      if (messages < MESSAGES_AT_LEAST) return undefined;
      if (ahead * 2 >= messages) {
        return bad(
          `${seconds(farthestAhead)} ahead`,
          `at most ${AHEAD_AT_MOST} s`,
          `${ahead} of ${messages} rows of ${sensor} are stamped up to ${seconds(farthestAhead)} ahead of their arrival: its clock (or Elasticsearch's) is wrong; set it with NTP`,
        );
      }
      const least = leastBehind ?? 0;
      if (behind * 2 < messages || mostBehind - least > STEADY_WITHIN) return GOOD;
      return bad(
        `${seconds(least)} behind`,
        `at most ${BEHIND_AT_MOST} s`,
        `${behind} of ${messages} rows of ${sensor} are stamped ${seconds(least)} to ${seconds(mostBehind)} before their arrival, steadily: its clock (or Elasticsearch's) is wrong, or its logs are held up; set it with NTP`,
      );
    },
    clear: (tally) => {
      tally.messages = 0;
      tally.ahead = 0;
      tally.farthestAhead = 0;
      tally.behind = 0;
      tally.leastBehind = null;
      tally.mostBehind = 0;
    },
  },
];

function bad(observed: string, usual: string, text: string): Judgement {
  return { good: false, evidence: { observed, usual, text } };
}

function seconds(value: number): string {
  return `${Math.round(value)} s`;
}
