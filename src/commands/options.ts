import { InvalidArgumentError, Option } from 'commander';
import { secondsOfIso } from '../isoTime.js';
import { DEFAULT_PROFILE, loadProfile, profileNames } from '../profiles/load.js';
import { indicesOf } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';

/** One namespace is one site: part of every data stream's name, with Elasticsearch's rules for it. */
export function namespaceOption(): Option {
  return new Option('--namespace <name>', 'the site: last part of every data stream name')
    .default('default')
    .env('OT_ANOMALY_NAMESPACE')
    .argParser((value) => {
      if (/^[a-z0-9_.]{1,100}$/.test(value)) return value;
      throw new InvalidArgumentError('expected lower-case letters, digits, "_" or ".", at most 100 of them.');
    });
}

export function indexOption(): Option {
  return new Option('--index <pattern>', 'source indices to read; default: those of the profile');
}

export function profileOption(): Option {
  return new Option(
    '--profile <name|file>',
    `how Zeek's rows lie in the index: ${profileNames().join(', ')}, or a YAML file`,
  )
    .default(DEFAULT_PROFILE)
    .env('OT_ANOMALY_PROFILE');
}

/** For set-up, which may give rights for several. */
export function profilesOption(): Option {
  return new Option(
    '--profile <name|file>',
    'whose indices the scorer and the trainer may read; may be given several times (default: as they are)',
  ).argParser((value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value]);
}

export interface SourceOptions {
  readonly index?: string;
  readonly namespace: string;
  readonly profile: string;
}

/** What to read and how. @throws {ProfileError} not_found, invalid_profile */
export function sourceOf(options: SourceOptions): { readonly index: string; readonly profile: IndexProfile } {
  const profile = loadProfile(options.profile);
  return { profile, index: options.index ?? indicesOf(profile, options.namespace) };
}

export function modelsOption(): Option {
  return new Option('--models <folder>', 'where models are kept: a folder, or s3://bucket/prefix')
    .default('models')
    .env('OT_ANOMALY_MODELS');
}

/** A number between 0 and 0.5, both excluded. */
export function parseShare(value: string): number {
  const share = Number(value);
  if (share > 0 && share < 0.5) return share;
  throw new InvalidArgumentError('expected a share between 0 and 0.5, such as 0.001.');
}

/** @returns seconds since the epoch */
export function parseTime(value: string): number {
  const seconds = secondsOfIso(value);
  if (Number.isNaN(seconds)) {
    throw new InvalidArgumentError(
      'expected a date or time in ISO 8601, such as 2026-01-01 or 2026-01-01T06:00:00Z (UTC unless it says otherwise).',
    );
  }
  return seconds;
}

/** A whole number from `min` to `max`. */
export function parseInteger(min: number, max: number): (value: string) => number {
  return (value) => {
    const n = Number(value);
    if (Number.isInteger(n) && n >= min && n <= max) return n;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** @returns seconds of a duration such as `40m` or `1d12h`; undefined if it is none */
export function parseDuration(value: string): number | undefined {
  if (!/^(\d+(\.\d+)?[dhms])+$/.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_SECONDS[unit ?? 's'] ?? 1), 0);
}

/** How a scorer reads arrivals unless told otherwise: milliseconds from poll to poll, and seconds. */
export const READING_DEFAULTS = { pollMs: 250, overlap: 2, lateness: 5 } as const;
