import { resolve } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { type FileReport, type IngestOptions, ingestFile } from '../ingest/ingestFile.js';

export interface IngestFilesOptions extends Omit<IngestOptions, 'path' | 'onBytes'> {
  /** How far reading of one file has come, in bytes as it lies on the disk. */
  readonly onBytes?: (path: string, read: number, total: number) => void;
  readonly onFile?: (report: FileReport) => void;
}

/** What became of all rows of all files: `read = indexed + alreadyIndexed + failed + missing`. */
export interface IngestReport {
  readonly run: string;
  readonly files: readonly FileReport[];
  readonly read: number;
  readonly indexed: number;
  readonly alreadyIndexed: number;
  readonly failed: number;
  readonly missing: number;
  /** Whether every file was read to its end and every row is accounted for; failed rows are accounted for. */
  readonly ok: boolean;
  readonly interrupted: boolean;
}

/**
 * Brings Zeek logs into the source streams, one file after the other; a path given twice is read once. A file that
 * can't be read doesn't stop the next one.
 *
 * @throws {ElasticsearchError} if the streams aren't set up, or writing or counting failed for good
 */
export async function ingest(
  client: Client,
  paths: readonly string[],
  { onBytes, onFile, ...options }: IngestFilesOptions,
): Promise<IngestReport> {
  const files: FileReport[] = [];
  for (const path of new Set(paths.map((given) => resolve(given)))) {
    if (options.signal?.aborted === true) break;
    const report = await ingestFile(client, {
      ...options,
      path,
      onBytes: (read, total) => onBytes?.(path, read, total),
    });
    files.push(report);
    onFile?.(report);
  }
  const sum = (count: (report: FileReport) => number) =>
    files.reduce((total, report) => total + count(report), 0);
  return {
    run: options.run,
    files,
    read: sum(({ read }) => read),
    indexed: sum(({ indexed }) => indexed),
    alreadyIndexed: sum(({ alreadyIndexed }) => alreadyIndexed),
    failed: sum(({ failed }) => failed),
    missing: sum(({ missing }) => missing),
    ok: files.every((report) => report.error === undefined && addsUp(report)),
    interrupted: options.signal?.aborted === true,
  };
}

/** Whether each row that was read is indexed, was already, or failed by name. */
export function addsUp({ read, indexed, alreadyIndexed, failed, missing }: FileReport): boolean {
  return missing === 0 && alreadyIndexed >= 0 && read === indexed + alreadyIndexed + failed;
}
