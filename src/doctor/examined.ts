import type { ScoredLog } from '../zeek/scoredLogs.js';

/** What aggregations said of the rows that a profile finds. Times are milliseconds since the epoch. */
export interface Overview {
  readonly rows: number;
  readonly indices: readonly { readonly index: string; readonly rows: number }[];
  readonly logs: readonly { readonly log: ScoredLog; readonly rows: number }[];
  readonly sensors: readonly { readonly sensor: string; readonly rows: number; readonly newest: number }[];
  /** connections whose service names a protocol of which a log is expected */
  readonly spoken: Readonly<Record<'modbus' | 'dnp3' | 'enip', number>>;
  readonly withoutArrival: number;
  readonly newestArrival: number | undefined;
  /** by Elasticsearch's own clock, when this was asked */
  readonly serverNow: number | undefined;
}

/** Which hours of one log hold rows. */
export interface LogHours {
  readonly log: ScoredLog;
  readonly rows: number;
  /** hours since the epoch (UTC) with rows, ascending */
  readonly hours: readonly number[];
}

/** Arrival minus the row's own time (s) of one sensor's rows, among those that arrived last. */
export interface Lag {
  readonly sensor: string;
  readonly p01: number;
  readonly p50: number;
  readonly p99: number;
}

/** How rows arrived over the last day on which any did. */
export interface Arrivals {
  readonly rows: number;
  /** seconds from the earliest to the latest row, by their own time */
  readonly rowSpan: number;
  /** seconds from the first to the last arrival */
  readonly arrivalSpan: number;
  readonly lags: readonly Lag[];
  /** of connections: logged when they end, so only what lies in the future says anything */
  readonly connectionsOnly: boolean;
}

/** How long documents wait until a search finds them (s). */
export type Refresh =
  | { readonly from: 'settings'; readonly slowest: number | 'never'; readonly index: string }
  | { readonly from: 'watching'; readonly slowest: number; readonly documents: number }
  | { readonly from: 'unknown'; readonly reason: string };

/** What one part's credential may do, against what its role file says. */
export interface Rights {
  readonly part: string;
  /** `read on logs-…` */
  readonly missing: readonly string[];
  readonly excess: readonly string[];
  /** may do anything: an administrator looking on */
  readonly superuser: boolean;
  readonly expires?: Date;
}
