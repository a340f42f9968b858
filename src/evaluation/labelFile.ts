import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { LAST_SECOND, secondsOfIso } from '../isoTime.js';
import { EvaluationError } from './evaluationError.js';
import { isNetwork, type Label } from './labels.js';

/** Larger files are no label files. */
export const LABEL_FILE_MAX_BYTES = 64_000_000;
/** Labels without uids are tried on every row. */
const TIME_LABELS_AT_MOST = 1_000;
const PROBLEMS_SHOWN = 20;

const text = z.string().min(1).max(256);
const time = z.union([z.number().positive(), z.string()]).transform((value, context) => {
  const seconds = typeof value === 'number' ? value : toSeconds(value);
  if (seconds <= LAST_SECOND) return seconds;
  context.addIssue(
    'expected seconds since the epoch, or ISO 8601 such as 2026-01-01T06:00:00Z (UTC unless it says otherwise)',
  );
  return z.NEVER;
});
const network = text.refine(isNetwork, 'expected an address or a network such as 10.0.1.0/24');

const labelSchema = z
  .strictObject({
    label: text.optional(),
    /** as the simulator writes it */
    scenario: text.optional(),
    uid: text.optional(),
    uids: z.array(text).max(1_000_000).optional(),
    from: time.optional(),
    to: time.optional(),
    source: network.optional(),
    destination: network.optional(),
    note: z.string().max(10_000).optional(),
  })
  .transform(({ label, scenario, uid, uids, note: _, ...rest }, context): Label => {
    const name = label ?? scenario;
    const connections = uid === undefined ? uids : [...(uids ?? []), uid];
    if (name === undefined) context.addIssue('expected a label (or scenario)');
    if (connections === undefined && (rest.from === undefined || rest.to === undefined))
      context.addIssue('expected uid, uids, or from and to');
    if (rest.from !== undefined && rest.to !== undefined && rest.to < rest.from)
      context.addIssue('expected to at or after from');
    return { label: name ?? '', uids: connections, ...rest };
  });

/**
 * Reads labels: one JSON object a line, or CSV with a header row. Columns: `label` (or `scenario`), `uid` or `uids`
 * (JSON list; in CSV separated by `;`), `from`, `to`, `source`, `destination`, `note`. The simulator's labels.ndjson
 * is such a file.
 *
 * @throws {EvaluationError} `invalid_labels`, naming every problem by its line
 */
export function parseLabels(name: string, content: string): readonly Label[] {
  const rows = content.trimStart().startsWith('{') ? fromJsonLines(content) : fromCsv(name, content);
  const problems: string[] = [];
  const labels = rows.flatMap(({ line, value }) => {
    if (value instanceof Error) {
      problems.push(`line ${line}: not JSON (${value.message})`);
      return [];
    }
    const parsed = labelSchema.safeParse(value);
    if (parsed.success) return [parsed.data];
    for (const { path, message } of parsed.error.issues)
      problems.push(`line ${line}${path.length === 0 ? '' : ` ${path.join('.')}`}: ${message}`);
    return [];
  });
  const byTime = labels.filter(({ uids }) => uids === undefined).length;
  if (byTime > TIME_LABELS_AT_MOST)
    problems.push(`${byTime} labels without uids; at most ${TIME_LABELS_AT_MOST} are tried on every row`);
  if (problems.length > 0) throw invalid(name, problems);
  return labels;
}

interface Row {
  readonly line: number;
  readonly value: unknown;
}

function fromJsonLines(content: string): readonly Row[] {
  return content.split('\n').flatMap((text, i) => {
    if (text.trim() === '') return [];
    try {
      return [{ line: i + 1, value: JSON.parse(text) as unknown }];
    } catch (error) {
      return [{ line: i + 1, value: error instanceof Error ? error : new Error(String(error)) }];
    }
  });
}

function fromCsv(name: string, content: string): readonly Row[] {
  try {
    const options = { columns: true, skip_empty_lines: true, trim: true, bom: true } as const;
    const records: Record<string, string>[] = parseCsv(content, options);
    return records.map((record, i) => ({
      line: i + 2,
      value: Object.fromEntries(
        Object.entries(record)
          .filter(([, cell]) => cell !== '')
          .map(([column, cell]) => [column, column === 'uids' ? cell.split(';') : cell]),
      ),
    }));
  } catch (cause) {
    throw invalid(name, [`not CSV with a header row (${messageOf(cause)})`]);
  }
}

function toSeconds(value: string): number {
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : secondsOfIso(value);
}

function invalid(name: string, problems: readonly string[]): EvaluationError {
  return new EvaluationError(
    'invalid_labels',
    `${name}: ${problems.length} problems\n${problems.slice(0, PROBLEMS_SHOWN).join('\n')}`,
    'Give JSON lines or CSV: label, then uid or uids, or from and to, and perhaps source and destination.',
  );
}
