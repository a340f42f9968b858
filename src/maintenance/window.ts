import { isIP } from 'node:net';
import { z } from 'zod';
import { OtAnomalyError } from '../errors.js';

/** The calendar can't be used; nothing of it was written. The message lists every problem with its place. */
export class MaintenanceError extends OtAnomalyError {
  readonly code = 'invalid_calendar';
}

/** A calendar file is small; a bigger one is another file. */
export const CALENDAR_MAX_BYTES = 5 * 1024 * 1024;
/** Of one calendar within the time that is imported: an hourly window over a year. */
export const WINDOWS_MAX = 10_000;
/** Longer than any turnaround; a longer window is a slip in a year. */
export const WINDOW_MAX_DAYS = 370;

/** IP addresses, networks in CIDR notation, or names of the inventory. */
const assetName = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    isAddressOrName,
    'expected an IP address, a network such as 10.0.1.0/24, or a name of the inventory',
  );
export const scopeSchema = z.strictObject({
  assets: z.array(assetName).max(1_000).readonly().default([]),
  zones: z.array(z.string().min(1).max(1024)).max(1_000).readonly().default([]),
});
export type Scope = z.infer<typeof scopeSchema>;

/** One occurrence of planned work. Neither assets nor zones: the whole site. */
export interface MaintenanceWindow extends Scope {
  /** of the event, the same for all its occurrences */
  readonly uid: string;
  readonly summary: string;
  /** ms since the epoch */
  readonly start: number;
  /** ms since the epoch, excluded */
  readonly end: number;
}

/** What of a calendar is imported: occurrences that overlap it (ms since the epoch). */
export interface Horizon {
  readonly from: number;
  readonly to: number;
}

/** A calendar's occurrences within the horizon, in order of time. */
export interface Calendar {
  readonly windows: readonly MaintenanceWindow[];
  /** events that go on after the horizon */
  readonly goingOn: number;
}

function isAddressOrName(value: string): boolean {
  if (!/^[\d.:a-f/]+$/i.test(value) || !/[.:]/.test(value)) return true;
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0) return !/^[\d./]+$/.test(value);
  if (bits === undefined) return true;
  return rest.length === 0 && /^\d+$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32);
}

/** @throws {MaintenanceError} with the problems, at most twenty of them */
export function refuse(name: string, problems: readonly string[]): never {
  const shown = problems.slice(0, 20).join('\n');
  throw new MaintenanceError(
    `${name}: ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}\n${shown}`,
    'Correct what is named above; docs/maintenance.md has the format. Nothing was written.',
  );
}
