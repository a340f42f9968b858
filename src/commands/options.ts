import { InvalidArgumentError, Option } from 'commander';

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

/** @returns seconds since the epoch */
export function parseTime(value: string): number {
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('expected a date or time in ISO 8601, such as 2026-01-01 or 2026-01-01T06:00:00Z.');
  }
  return ms / 1000;
}

/** A whole number from `min` to `max`. */
export function parseInteger(min: number, max: number): (value: string) => number {
  return (value) => {
    const n = Number(value);
    if (Number.isInteger(n) && n >= min && n <= max) return n;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}
