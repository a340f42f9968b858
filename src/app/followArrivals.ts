import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import type { Heartbeat } from '../elasticsearch/heartbeat.js';
import type { IndexProfile } from '../profiles/schema.js';
import type { LoadedModel } from '../registry/store.js';
import type { Partition } from '../scoring/partition.js';
import { Follower } from './follower.js';
import { Outage } from './outage.js';

export interface FollowOptions {
  readonly client: Client;
  readonly index: string;
  /** how the rows lie in the index; our own streams by default */
  readonly profile?: IndexProfile;
  readonly namespace: string;
  readonly model: LoadedModel;
  /** names this scorer's checkpoints and heartbeats; the same for all partitions of a site */
  readonly scorer: string;
  /** which share of the relations it judges; all of them by default */
  readonly partition?: Partition;
  readonly pollMs: number;
  readonly overlapSeconds: number;
  /** seconds from one wider re-read for documents that became visible later than that to the next */
  readonly rereadSeconds: number;
  readonly latenessSeconds: number;
  readonly checkpointSeconds: number;
  readonly pageSize: number;
  /** arrival time to start at when there is no checkpoint; undefined: now, by Elasticsearch's clock */
  readonly startAt: Date | undefined;
  /** true: goes on where this scorer stopped under whichever model; what only that model's charts knew is left behind */
  readonly takesOver?: boolean;
  /** true: a staged model beside production: it counts its anomalies in its heartbeats and writes none */
  readonly shadow?: boolean;
  readonly now: () => Date;
  /** milliseconds by a clock that nobody sets: how long ago something was; the process's own by default */
  readonly uptimeMs?: () => number;
  readonly newId: () => string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** told once the first poll has ended: from here on arrivals are alerted on */
  readonly onReady?: () => void;
  /** told after each poll that read all there was */
  readonly onPolled?: () => void;
  /** told of each attempt that Elasticsearch's absence or load made fail */
  readonly onFault?: () => void;
  /** told of each heartbeat once it is written */
  readonly onHeartbeat?: (heartbeat: Heartbeat) => void;
}

const PAUSE_AFTER_FAULT_MS = 1_000;

/**
 * Polls for arrivals, scores them and writes what is anomalous, until the signal aborts.
 *
 * Order of effects, which makes a kill at any moment harmless: alerts are written before the checkpoint that
 * counts them as done, and their ids are the same when they are written again. A cluster that is away or busy
 * is waited for, and the log and the next heartbeat say so; findings stay in memory until they are written. At the
 * start only one that answers that it is busy is waited for: what can't be reached at all may be a wrong address.
 *
 * @throws {ElasticsearchError} what waiting can't mend: wrong key, missing right, missing streams
 */
export async function followArrivals(options: FollowOptions): Promise<void> {
  const outage = new Outage(options.log, options.uptimeMs);
  const follower = await start(options, outage);
  if (follower === undefined) return;
  let first = true;
  while (!options.signal.aborted) {
    const began = options.now().getTime();
    try {
      await follower.poll();
      outage.over();
      options.onPolled?.();
      if (first) options.onReady?.();
      first = false;
    } catch (error) {
      if (!outage.fault(error)) throw error;
      options.onFault?.();
      await pause(PAUSE_AFTER_FAULT_MS, options.signal);
    }
    await pause(pauseAfter(options.now().getTime() - began, options.pollMs), options.signal);
  }
  await follower.stop();
}

/**
 * Milliseconds to pause after a poll that took so many, so that polls begin `pollMs` apart. Elasticsearch has more to do
 * than to answer polls: the pause is as long as the poll was, too, but never longer than `pollMs`.
 */
export function pauseAfter(tookMs: number, pollMs: number): number {
  return Math.min(pollMs, Math.max(tookMs, pollMs - tookMs));
}

/** A cluster that recovers its shards, or rolls a stream over, refuses for a moment. @returns undefined once aborted */
async function start(options: FollowOptions, outage: Outage): Promise<Follower | undefined> {
  while (!options.signal.aborted) {
    try {
      return await Follower.start(options, outage);
    } catch (error) {
      const isBusy = error instanceof ElasticsearchError && error.code === 'overloaded';
      if (!isBusy || !outage.fault(error)) throw error;
      options.onFault?.();
      await pause(PAUSE_AFTER_FAULT_MS, options.signal);
    }
  }
  return undefined;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => {}); // woken by the signal
}
