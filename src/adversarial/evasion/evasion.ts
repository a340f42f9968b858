import type { ZeekRow } from '../../features/otRecord.js';
import type { Model } from '../../model/artifact.js';
import type { Key } from '../../simulator/random.js';
import type { Atlas } from '../atlas.js';
import { drive } from '../drive.js';

/** What an attacker did before anything was said, against what they meant to do. */
export interface EvasionResult {
  readonly name: string;
  readonly atlas: Atlas;
  readonly what: string;
  readonly unit: 'registers' | 'requests' | 'devices';
  readonly goal: number;
  /** of the goal, done before the first alert; all of it if there was none */
  readonly unseen: number;
  /** seconds from the first row to the first alert; null: never */
  readonly firstDetectionSeconds: number | null;
  readonly detectors: readonly string[];
  /** the most that may stay unseen; null: none is set, the figure is for people to read */
  readonly floor: number | null;
  readonly passed: boolean;
}

/** The rows of an attack, in order of time, and how much of its goal each of them does. */
export interface Attempt {
  readonly rows: readonly ZeekRow[];
  readonly done: readonly number[];
}

/** Where and when attacks take place. */
export interface Scene {
  readonly model: Model;
  /** seconds since the epoch, after the baseline, at the beginning of a day */
  readonly day: number;
  readonly key: Key;
}

/** One attack, one file. To add one, write its file and its line in index.ts. */
export interface EvasionAttack {
  readonly name: string;
  readonly atlas: Atlas;
  readonly what: string;
  readonly unit: EvasionResult['unit'];
  /** which of the policy's floors it is held to */
  readonly floor: 'strangers' | 'none';
  /** @returns undefined where this plant has nothing to do it with */
  attempt(scene: Scene): Attempt | undefined;
}

export interface Outcome {
  readonly goal: number;
  readonly unseen: number;
  readonly firstDetectionSeconds: number | null;
  readonly detectors: readonly string[];
  /** lowest score of any row */
  readonly lowest: number;
}

/** What the scorer says of an attempt. */
export function judge(model: Model, { rows, done }: Attempt): Outcome {
  const { flagged, detectors, lowest } = drive(model, rows);
  const first = flagged.indexOf(true);
  const before = first === -1 ? done : done.slice(0, first);
  const sum = (parts: readonly number[]) => parts.reduce((all, part) => all + part, 0);
  const ts = (i: number) => Number(rows[i]?.columns['ts']);
  return {
    goal: sum(done),
    unseen: sum(before),
    firstDetectionSeconds: first === -1 ? null : Math.round((ts(first) - ts(0)) * 1000) / 1000,
    detectors: detectors.get(first) ?? [],
    lowest,
  };
}
