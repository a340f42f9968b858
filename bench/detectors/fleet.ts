import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ADDITIONS } from '../../src/simulator/index.js';

const run = promisify(execFile);
/** Each plant has a process of its own; the largest holds some millions of rows. */
const HEAP_MB = 8_000;
const OUTPUT_AT_MOST = 64 * 1024 * 1024;
const PLCS = { least: 5, most: 200 };

export interface FleetOptions {
  readonly plants: number;
  readonly commit?: string;
  readonly jobs: number;
  readonly observeSecondsPerHour: number;
  /** each plant learns every row of its month; then none loses packets */
  readonly learnWhole?: boolean;
}

/** Of what a plant's own run prints, what the fleet's table has. */
interface PlantRun {
  readonly records: { readonly heldOut: number };
  readonly falsePositives: Readonly<
    Record<string, { rate: number; rows: number; alertsAShift: { mean: number; p95: number; most: number } }>
  >;
  readonly changes: Readonly<
    Record<string, { trials: number; found: Readonly<Record<string, { all: number }>> }>
  >;
  readonly intrusion: { readonly secondsToOwnAlert?: number; readonly alerts: number };
}

const ALL = 'all detectors';
const NEW = ['new source', 'new destination', 'new pair', 'new port', 'new function code'];
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'new, first record': NEW,
  'interval × 0.6': ['interval × 0.6'],
  'second client': ['second client, interleaved'],
  'bytes × 1.8': ['response bytes × 1.8'],
};

/**
 * Runs plants of 5 to 200 PLCs, everything added, whose seeds nobody chose: they are made from a commit's hash. Prints
 * a table in the order of size and then the worst of each column.
 */
export async function fleet(options: FleetOptions): Promise<void> {
  const { plants, commit, jobs } = options;
  const hash = commit ?? (await run('git', ['rev-parse', 'HEAD'])).stdout.trim();
  const sizes = Array.from({ length: plants }, (_, i) =>
    Math.round(PLCS.least * (PLCS.most / PLCS.least) ** (i / Math.max(1, plants - 1))),
  );
  const waiting = sizes.map((plcs, i) => ({ plcs, seed: seedOf(hash, i) })).reverse();
  const done: { readonly plcs: number; readonly seed: number; readonly of: PlantRun }[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      done.push({ ...next, of: await runPlant(next.seed, next.plcs, options) });
      process.stderr.write(`${new Date().toISOString()} ${done.length} of ${plants}: ${next.plcs} PLCs\n`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  done.sort((a, b) => a.plcs - b.plcs);
  process.stdout.write(`${tableOf(hash, options, done)}\n`);
}

function seedOf(hash: string, plant: number): number {
  return createHash('sha256').update(`${hash}|${plant}`).digest().readUInt32BE(0) >>> 1;
}

async function runPlant(
  seed: number,
  plcs: number,
  { observeSecondsPerHour, learnWhole }: FleetOptions,
): Promise<PlantRun> {
  const additions = ADDITIONS.map(({ name }) => name).filter(
    (name) => learnWhole !== true || name !== 'capture-loss',
  );
  const script = fileURLToPath(new URL('./main.js', import.meta.url));
  const { stdout } = await run(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MB}`,
      script,
      ...['--seed', `${seed}`, '--plcs', `${plcs}`, '--with', additions.join(), '--changes-only'],
      ...['--observe-seconds-per-hour', `${observeSecondsPerHour}`],
      ...(learnWhole === true ? ['--learn-whole'] : []),
    ],
    { maxBuffer: OUTPUT_AT_MOST },
  );
  return JSON.parse(stdout) as PlantRun;
}

function tableOf(
  hash: string,
  { observeSecondsPerHour, learnWhole }: FleetOptions,
  done: readonly { readonly plcs: number; readonly seed: number; readonly of: PlantRun }[],
): string {
  const share = ({ changes }: PlantRun, names: readonly string[]) => {
    const counted = names.flatMap((name) => changes[name] ?? []);
    const trials = counted.reduce((sum, change) => sum + change.trials, 0);
    const found = counted.reduce((sum, change) => sum + (change.found[ALL]?.all ?? 0), 0);
    return { found, trials, rate: trials === 0 ? 1 : found / trials };
  };
  const ofAll = ({ falsePositives }: PlantRun) =>
    falsePositives[ALL] ?? { rate: 0, rows: 0, alertsAShift: NONE };
  const isWhole = learnWhole === true;
  const header = [
    'PLCs',
    'seed',
    'records',
    ...Object.keys(COLUMNS),
    ...(isWhole ? [] : QUIET),
    'intrusion told after',
  ];
  const lines = done.map(({ plcs, seed, of }) => {
    const { rate, alertsAShift } = ofAll(of);
    return [
      `${plcs}`,
      `${seed}`,
      of.records.heldOut.toLocaleString('en'),
      ...Object.values(COLUMNS).map((names) => {
        const { found, trials } = share(of, names);
        return `${found.toLocaleString('en')} / ${trials.toLocaleString('en')}`;
      }),
      ...(isWhole
        ? []
        : [
            rate.toExponential(1),
            `${alertsAShift.mean.toFixed(2)} / ${alertsAShift.p95} / ${alertsAShift.most}`,
            `${of.falsePositives['drift alone']?.rows ?? 0}`,
          ]),
      of.intrusion.secondsToOwnAlert === undefined
        ? 'never'
        : `${of.intrusion.secondsToOwnAlert.toFixed(1)} s`,
    ];
  });
  const runs = done.map(({ of }) => of);
  const worst = [
    '**worst**',
    '',
    '',
    ...Object.values(COLUMNS).map((names) => Math.min(...runs.map((of) => share(of, names).rate)).toFixed(3)),
    ...(isWhole
      ? []
      : [
          Math.max(...runs.map((of) => ofAll(of).rate)).toExponential(1),
          (['mean', 'p95', 'most'] as const)
            .map((what) => Math.max(...runs.map((of) => ofAll(of).alertsAShift[what])))
            .map((n, i) => n.toFixed(i === 0 ? 2 : 0))
            .join(' / '),
          `${Math.max(...runs.map((of) => of.falsePositives['drift alone']?.rows ?? 0))}`,
        ]),
    `${Math.max(...runs.map((of) => of.intrusion.secondsToOwnAlert ?? Number.POSITIVE_INFINITY)).toFixed(1)} s`,
  ];
  return [
    `Seeds from ${hash}, ${isWhole ? 'every row of the month learnt, then ' : ''}${observeSecondsPerHour} s recorded of each hour and relation.`,
    '',
    row(header),
    row(header.map(() => '---')),
    ...[...lines, worst].map(row),
  ].join('\n');
}

/** Not of a model of a whole month: it takes a thinned recording's pauses for silence, and its held-out month is one. */
const QUIET = ['rows below the line, a record', 'alerts a shift: mean / p95 / most', 'rows by drift'];
const NONE = { mean: 0, p95: 0, most: 0 };
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
