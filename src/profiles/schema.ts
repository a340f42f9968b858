import { z } from 'zod';
import { SCORED_LOGS, type ScoredLog } from '../zeek/scoredLogs.js';
import { type Slot, slotsOf } from './slots.js';

/** A profile is written by hand and small. */
export const PROFILE_MAX_BYTES = 256 * 1024;

const fieldName = z
  .string()
  .regex(/^[@\w][\w@.-]{0,255}$/, 'expected a field name, such as zeek.modbus.function');

/**
 * Where a value lies: the field that queries and aggregations name; `source`, if the document holds it under another
 * name (`zeek.func` of the field `zeek.func.keyword`); `values`, from what the convention writes to what Zeek writes.
 */
const fieldSpec = z.union(
  [
    fieldName.transform((field) => ({
      field,
      source: field,
      values: {} as Readonly<Record<string, string>>,
    })),
    z
      .strictObject({
        field: fieldName,
        source: fieldName.optional(),
        values: z.record(z.string(), z.string()).default({}),
      })
      .transform(({ field, source, values }) => ({ field, source: source ?? field, values })),
  ],
  { error: 'expected a field name, or an object of field, source and values' },
);

/** Elasticsearch's rules for index names, with `*` and `{namespace}` (the site). No `-` at the front: it excludes. */
const indexPattern = z
  .string()
  .regex(
    /^[a-z0-9.](?:[a-z0-9._*-]|\{namespace\})*$/,
    'expected an index pattern, such as logs-zeek.connection-{namespace}',
  )
  .max(255);

const reason = z.string().min(10, 'expected a sentence that says why');

const dataset = z
  .union(
    [
      z
        .string()
        .min(1)
        .transform((one) => [one]),
      z.array(z.string().min(1)).min(1),
    ],
    { error: 'expected a value of log_field, or a list of them' },
  )
  .readonly();

const where = z.record(fieldName, z.string()).default({});

const log = z.strictObject({
  /** index patterns that hold this log's rows */
  index: z.array(indexPattern).min(1),
  /** the values of `log_field` by which a row of this log is known */
  dataset,
  /** Zeek's column → where it lies */
  columns: z.record(z.string(), fieldSpec).default({}),
  /** an object that holds the columns under Zeek's own names; `columns` says where one lies elsewhere */
  columns_under: fieldName.optional(),
  /** conn only: every field that may name the service */
  service: z.array(fieldName).min(1).optional(),
  duration: z
    .strictObject({ field: fieldName, unit: z.enum(['nanoseconds', 'milliseconds', 'seconds']) })
    .optional(),
  /**
   * conn only. `payload`: Zeek's orig_bytes and resp_bytes. `ip`: orig_ip_bytes and resp_ip_bytes, with all headers;
   * then `history` (conn.log's) tells a side that sent no data, whose payload is 0.
   */
  bytes: z
    .strictObject({
      meaning: z.enum(['payload', 'ip']),
      orig: fieldName,
      resp: fieldName,
      history: fieldName.optional(),
    })
    .optional(),
  /** source and destination are those of the message, not of the connection: they change places on these values */
  reversed: z.strictObject({ field: fieldName, values: z.array(z.string()).min(1) }).optional(),
  /** what scoring reads of this log and this convention has no field for → why */
  loses: z.record(z.string(), reason).default({}),
});

export const profileSchema = z
  .strictObject({
    /** models remember it */
    name: z.string().regex(/^[a-z][a-z0-9_-]{0,40}$/, 'expected lower-case letters, digits, "_" or "-"'),
    title: z.string().min(1),
    /** what the field names were read from, with its version */
    read_from: z.string().min(1),
    /** fields and values that every row has */
    where,
    /** tells one log's rows from another's */
    log_field: fieldName,
    time: z.strictObject({
      /** a date: windows and hours are made of it */
      field: fieldName,
      /** a number with more digits than a date keeps, if there is one */
      exact: z.strictObject({ field: fieldName, unit: z.enum(['seconds', 'milliseconds']) }).optional(),
    }),
    /** when Elasticsearch got the row: what the scorer pages by */
    arrival: z.strictObject({
      field: fieldName,
      resolution: z.enum(['nanoseconds', 'milliseconds', 'seconds']),
    }),
    /**
     * an integer that says to which bucket of relations a row belongs (scoring/partition.ts): partitions read their own
     * rows by it. Without one, each reads every row
     */
    bucket: fieldName.optional(),
    identity: z.strictObject({
      uid: fieldSpec,
      source: fieldSpec,
      source_port: fieldSpec,
      destination: fieldSpec,
      port: fieldSpec,
      sensor: fieldSpec.optional(),
      vlan: fieldSpec.optional(),
      inner_vlan: fieldSpec.optional(),
    }),
    logs: z.partialRecord(z.enum(SCORED_LOGS as [ScoredLog, ...ScoredLog[]]), log),
    /** Zeek's capture_loss.log, by which a sensor that loses packets is known; not scored, and no part of a model */
    capture_loss: z
      .strictObject({
        index: z.array(indexPattern).min(1),
        /** fields and values that its rows have, instead of those that rows of traffic have */
        where,
        dataset,
        percent_lost: fieldName,
      })
      .optional(),
    /** logs that this convention does not index → why */
    absent: z.partialRecord(z.enum(SCORED_LOGS as [ScoredLog, ...ScoredLog[]]), reason).default({}),
  })
  .superRefine((profile, { addIssue }) => {
    const problem = (path: readonly string[], message: string) =>
      addIssue({ code: 'custom', path: [...path], message });
    if (Object.keys(profile.logs).length === 0) problem(['logs'], 'expected at least one log');
    for (const name of SCORED_LOGS) {
      const described = profile.logs[name];
      if (described === undefined && profile.absent[name] === undefined)
        problem(['logs', name], 'expected the log’s fields here, or under "absent" why it is not indexed');
      if (described !== undefined && profile.absent[name] !== undefined)
        problem(['absent', name], 'stands under "logs" too: expected one of them');
      if (described !== undefined)
        for (const { path, message } of logProblems(name, described))
          problem(['logs', name, ...path], message);
    }
  });

/** How the rows of one log lie in an index. */
export type ProfileLog = z.infer<typeof log>;
export type FieldSpec = z.infer<typeof fieldSpec>;

/** How a site's Zeek rows lie in Elasticsearch: an index convention. */
export type IndexProfile = z.infer<typeof profileSchema>;

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Everything that scoring reads of a log has a field, or a reason why not; and nothing else is named. */
function logProblems(name: ScoredLog, described: ProfileLog): Problem[] {
  const slots = slotsOf(name);
  const known = new Set(slots.flatMap(({ columns }) => columns));
  const unknown = Object.keys(described.columns)
    .filter((column) => !known.has(column))
    .map((column) => ({
      path: ['columns', column],
      message: `scoring reads no such column of ${name}; it reads ${[...known].join(', ') || 'none'}`,
    }));
  const missing = slots
    .filter((slot) => !isFilled(slot, described) && !slot.columns.some((c) => c in described.loses))
    .map(({ columns }) => ({
      path: ['columns', columns[0] ?? ''],
      message: `expected the field of ${columns.join(' or ')}, or under "loses" why there is none`,
    }));
  const lost = Object.keys(described.loses)
    .filter((column) => !known.has(column) && !(name === 'conn' && CONN_ONLY.has(column)))
    .map((column) => ({ path: ['loses', column], message: `scoring reads no such column of ${name}` }));
  return [
    ...unknown,
    ...missing,
    ...lost,
    ...(name === 'conn' ? connProblems(described) : onlyConn(described)),
  ];
}

const CONN_ONLY: ReadonlySet<string> = new Set(['service', 'bytes', 'history']);

function isFilled({ columns }: Slot, { columns: described, columns_under }: ProfileLog): boolean {
  return columns_under !== undefined || columns.some((column) => column in described);
}

function connProblems({ service, bytes, loses }: ProfileLog): Problem[] {
  const problems: Problem[] = [];
  if (service === undefined && !('service' in loses))
    problems.push({ path: ['service'], message: 'expected the fields of service, or why there is none' });
  if (bytes === undefined && !('bytes' in loses))
    problems.push({ path: ['bytes'], message: 'expected the fields of bytes, or why there are none' });
  if (bytes?.meaning === 'ip' && bytes.history === undefined && !('history' in loses))
    problems.push({
      path: ['bytes', 'history'],
      message:
        'expected the field of history (it tells attempts apart where bytes are IP bytes), or why none',
    });
  return problems;
}

function onlyConn({ service, bytes }: ProfileLog): Problem[] {
  const message = 'only conn has it';
  return [
    ...(service === undefined ? [] : [{ path: ['service'], message }]),
    ...(bytes === undefined ? [] : [{ path: ['bytes'], message }]),
  ];
}
