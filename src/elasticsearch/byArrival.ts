import type { IndexProfile } from '../profiles/schema.js';

/** Nanoseconds survive only as text: as JavaScript numbers they lose digits. */
export const NANOS = 'strict_date_optional_time_nanos';

/**
 * Order of arrival. An index may have kept the field as `date` and another as `date_nanos`: without `numeric_type`
 * their milliseconds and nanoseconds would be compared as they are.
 */
export function byArrival({ arrival: { field } }: IndexProfile) {
  return { [field]: { order: 'asc', format: NANOS, numeric_type: 'date_nanos' } } as const;
}
