import type { Inventory } from '../anomaly/assetContext.js';
import { EncryptedConnections, type EncryptedRelation } from '../evaluation/encrypted.js';
import type { Evaluated } from '../evaluation/evaluated.js';
import { EvaluationError } from '../evaluation/evaluationError.js';
import { type Label, Labels } from '../evaluation/labels.js';
import { SightCounts } from '../evaluation/sight.js';
import { Tally } from '../evaluation/tally.js';
import { toOtRecord } from '../features/otRecord.js';
import { compareRows } from '../features/rowOrder.js';
import { findFiles } from '../ingest/logFiles.js';
import { type FileRow, type ReadFile, readZeekRows } from '../ingest/readZeekRows.js';
import { isoOf } from '../isoTime.js';
import { Scorer } from '../model/scorer.js';
import { rowsBaseline } from '../model/training/rowsBaseline.js';
import { FOREST_DEFAULTS, ROWS_PER_KEY, train } from '../model/training/train.js';
import { GroupLedger } from '../scoring/groupLedger.js';
import { pastArrival } from '../scoring/pastArrival.js';
import { scoreInOrder } from '../scoring/scoreInOrder.js';
import { type Arrival, type OnJudged, ScoringStage } from '../scoring/scoringStage.js';
import type { Told } from '../scoring/telling.js';

/** Industrial rows of baseline and test together; about 1 kB of memory each. */
export const ROWS_AT_MOST = 4_000_000;
const ROWS_A_PAGE = 2_000;

export interface EvaluateOptions {
  readonly baseline: readonly string[];
  readonly test: readonly string[];
  /** rows before it belong to the baseline, the others to the test; seconds since the epoch, or after the first row (`beginOf`) */
  readonly split?: { readonly at: number; readonly relative: boolean } | undefined;
  readonly log?: string | undefined;
  readonly sensor?: string | undefined;
  readonly labels: readonly Label[];
  readonly inventory: Inventory;
  readonly seed?: number;
  readonly signal: AbortSignal;
  readonly onFile?: (file: ReadFile) => void;
  readonly onScored?: (rows: number, of: number) => void;
  /** told of each verdict, for tests */
  readonly onJudged?: OnJudged;
}

/**
 * Trains on log files and scores others, by the same features, detectors, stage and grouping as the scorer; nothing
 * is written anywhere.
 *
 * @throws {EvaluationError} `no_such_path`, `no_rows`, `too_many_rows`
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluated> {
  const { baseline, test, splitAt, files, encrypted } = await readBoth(options);
  const sight = new SightCounts();
  const records = baseline.flatMap(({ row }) => toOtRecord(row) ?? []);
  for (const record of records) sight.addBaseline(record);
  const first = baseline[0]?.ts ?? 0;
  const last = baseline[baseline.length - 1]?.ts ?? 0;
  const result = await train(rowsBaseline(records), {
    ...FOREST_DEFAULTS,
    seed: options.seed ?? FOREST_DEFAULTS.seed,
    from: Math.floor(first),
    to: Math.floor(last) + 1,
    rowsPerKey: ROWS_PER_KEY,
    acceptShortBaseline: true,
    daysAtLeast: 1,
  });
  if ('refusal' in result) throw noRows('baseline', options.baseline, files);

  const isListed = (address: string) => options.inventory.find(address) !== undefined;
  const tally = new Tally(new Labels(options.labels), isListed);
  const stage = new ScoringStage(new Scorer(result.model), 0, undefined, (observation, verdict) => {
    tally.addJudged(observation, verdict);
    sight.addTest(observation.record, verdict);
    options.onJudged?.(observation, verdict);
  });
  const scored = scoreInOrder(pagesOf(test), {
    stage,
    ledger: new GroupLedger<Told>(),
    isListed,
    to: test[test.length - 1]?.ts ?? 0,
    signal: options.signal,
  });
  for await (const { findings, read } of scored) {
    for (const finding of findings) tally.addFinding(finding);
    options.onScored?.(read, test.length);
  }
  return {
    model: result.model,
    baseline: { records: baseline.length, days: Math.round(((last - first) / 86_400) * 1000) / 1000 },
    test: { records: test.length },
    splitAt: splitAt === undefined ? undefined : isoOf(splitAt),
    tallied: tally.result(),
    keys: sight.sights(result.model.baseline),
    encrypted,
    files,
  };
}

interface Rows {
  readonly baseline: readonly FileRow[];
  readonly test: readonly FileRow[];
  /** seconds since the epoch; undefined where nothing was split */
  readonly splitAt?: number;
  readonly files: readonly ReadFile[];
  readonly encrypted: readonly EncryptedRelation[];
}

async function readBoth(options: EvaluateOptions): Promise<Rows> {
  const [before, after] = [await findFiles(options.baseline), await findFiles(options.test)];
  const missing = [...before.missing, ...after.missing];
  if (missing.length > 0) {
    throw new EvaluationError(
      'no_such_path',
      `${missing.join(', ')}: neither a file nor a folder`,
      'Give log files, or folders that hold them.',
    );
  }
  const encrypted = new EncryptedConnections();
  const files: ReadFile[] = [];
  let rows = 0;
  const readAll = async (paths: readonly string[]): Promise<FileRow[]> => {
    const taken: FileRow[] = [];
    for (const path of paths) {
      const file = await readZeekRows(path, { ...options, onRow: (row) => encrypted.add(row) }, (row) => {
        taken.push(row);
        rows += 1;
        if (rows > ROWS_AT_MOST) throw tooManyRows();
      });
      files.push(file);
      options.onFile?.(file);
    }
    return taken.sort(inOrder);
  };
  const { split } = options;
  if (split === undefined) {
    const baseline = await readAll(before.files);
    const test = await readAll(after.files);
    if (test.length === 0) throw noRows('test', options.test, files);
    return { baseline, test, files, encrypted: encrypted.relations() };
  }
  const all = await readAll([...new Set([...before.files, ...after.files])]);
  const at = split.relative ? beginOf(all) + split.at : split.at;
  const baseline = all.filter(({ ts }) => ts < at);
  const test = all.filter(({ ts }) => ts >= at);
  if (test.length === 0) throw noRows('test', [...options.baseline, ...options.test], files);
  return { baseline, test, splitAt: at, files, encrypted: encrypted.relations() };
}

/** Zeek stamps a connection with its start, which may lie days before the capture: the first row that is none, if there is one. */
function beginOf(rows: readonly FileRow[]): number {
  return (rows.find(({ row }) => row.log !== 'conn') ?? rows[0])?.ts ?? 0;
}

/** As the scorer reads a window: by time, rows of one time by their content. */
function inOrder(a: FileRow, b: FileRow): number {
  return a.ts - b.ts || compareRows(a.row, b.row);
}

async function* pagesOf(rows: readonly FileRow[]): AsyncGenerator<readonly Arrival[]> {
  for (let i = 0; i < rows.length; i += ROWS_A_PAGE) {
    yield rows.slice(i, i + ROWS_A_PAGE).map(({ row, ts }, j) => ({
      index: 'files',
      id: String(i + j),
      ingested: pastArrival(ts),
      document: undefined,
      row,
    }));
    await new Promise((resume) => setImmediate(resume)); // lets a signal through
  }
}

function noRows(which: string, paths: readonly string[], files: readonly ReadFile[]): EvaluationError {
  const seen = files.map(({ path, read, failed, firstFailure, problem }) => {
    const unparsable = failed === 0 ? '' : `, ${failed} can't be parsed (${firstFailure})`;
    return `${path}: ${problem ?? `${read} rows, none industrial${unparsable}`}`;
  });
  return new EvaluationError(
    'no_rows',
    `expected rows of industrial traffic in the ${which} (${paths.join(', ')}), found none\n${seen.slice(0, 20).join('\n')}`,
    'Give logs of Zeek or ICSNPP that hold Modbus, DNP3, EtherNet/IP or CIP, or connections to their ports.',
  );
}

function tooManyRows(): EvaluationError {
  return new EvaluationError(
    'too_many_rows',
    `more than ${ROWS_AT_MOST} rows of industrial traffic; an evaluation holds them in memory`,
    'Give fewer files, or bring the logs into Elasticsearch: "ot-anomaly train" has no such limit.',
  );
}
