import { whereOf } from '../features/otRecord.js';
import { type AddressSeen, type Parts, partOfWindow } from '../model/training/writtenAddresses.js';
import { columnSpec, describedLog, logsOf, type Query } from '../profiles/queries.js';
import { zeekValue } from '../profiles/rowReader.js';
import type { IndexProfile } from '../profiles/schema.js';
import { scoredLogType } from '../zeek/scoredLogs.js';
import { compositeBuckets } from './compositeBuckets.js';
import type { PointInTime } from './pointInTime.js';

/**
 * What the rows of a log that a filter leaves are about: each address with its quantity once in each part of the window, all parts of
 * one before the next. Rows without an address are left out, and so is all of a log, or of an index convention, that has none.
 */
export async function* addressesSeen(
  pit: PointInTime,
  profile: IndexProfile,
  log: string,
  filter: readonly Query[],
  parts: Parts,
): AsyncGenerator<AddressSeen> {
  const type = scoredLogType(log);
  const described = logsOf(profile).find((one) => one === log);
  if (type === undefined || described === undefined) return;
  const specOf = (columns: readonly string[]) =>
    columns.flatMap((column) => {
      const spec = columnSpec(describedLog(profile, described), column);
      return spec === undefined ? [] : [{ column, spec }];
    })[0];
  const [address, quantity] = [specOf(type.address), specOf(type.quantity)];
  if (address === undefined) return;
  const { seconds, begin } = parts;
  const histogram = { fixed_interval: `${seconds}s`, offset: `+${begin % seconds}s` };
  const buckets = compositeBuckets(pit, {
    query: { bool: { filter: [...filter] } },
    sources: [
      { address: { terms: { field: address.spec.field } } },
      ...(quantity === undefined
        ? []
        : [{ quantity: { terms: { field: quantity.spec.field, missing_bucket: true } } }]),
      { part: { date_histogram: { field: profile.time.field, ...histogram } } },
    ],
    aggregations: {},
  });
  for await (const { key } of buckets) {
    const columns: Record<string, unknown> = {
      [address.column]: zeekValue(address.spec.values, key['address']),
    };
    if (quantity !== undefined) columns[quantity.column] = zeekValue(quantity.spec.values, key['quantity']);
    const where = whereOf(type, columns);
    if (where.address === undefined) continue;
    const part = partOfWindow(Number(key['part']) / 1000, parts);
    yield { address: where.address, quantity: where.quantity, part };
  }
}
