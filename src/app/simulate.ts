import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../errors.js';
import { assetsCsv } from '../simulator/assets.js';
import {
  LOG_NAMES,
  type LogName,
  type ScenarioLabel,
  type SimulatedRow,
  type SimulateOptions,
  SimulatorError,
  simulatePlant,
  twoSensors,
} from '../simulator/index.js';
import { DAY, fromSeconds, startOfDay } from '../simulator/time.js';
import { DayFile, type LogFormat } from './simulatedDayFile.js';

export interface SimulateToFiles extends SimulateOptions {
  /** How many sensors see the traffic: two write into folders `sensor-1` and `sensor-2`. */
  readonly sensors?: 1 | 2;
  readonly folder: string;
  readonly format: LogFormat;
  readonly gzip: boolean;
  /** Replace what an earlier simulation wrote into the folder. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
  /** @param simulated seconds of the plant's time that are done */
  readonly progress?: (rows: number, simulated: number, total: number) => void;
}

export interface SimulatedFiles {
  readonly files: readonly string[];
  readonly rows: Readonly<Partial<Record<LogName, number>>>;
  readonly labels: readonly ScenarioLabel[];
  /** The signal came first: complete days only, and no labels. */
  readonly interrupted: boolean;
}

/** What a simulation calls its files; nothing else is ever replaced or removed. */
const OWN_FILES = new RegExp(
  `^(?:(?:${LOG_NAMES.join('|')})\\.\\d{4}-\\d\\d-\\d\\d\\.log(?:\\.gz)?|labels\\.ndjson|assets\\.csv)(?:\\.partial)?$`,
);

const SENSOR_FOLDER = /^sensor-[12]$/;

/** Rows between two looks at the signal; the generator itself never waits. */
const ROWS_A_TURN = 2_000;

/**
 * Simulates a plant into a folder: `<log>.<day>.log` for each log and day on which rows are written, the
 * inventory as `assets.csv`, and the scenarios' labels as `labels.ndjson`. A file has its name only once
 * it is complete.
 *
 * @throws SimulatorError `folder-not-empty`, `write-failed`, and what `simulatePlant` throws
 */
export async function simulateToFiles(options: SimulateToFiles): Promise<SimulatedFiles> {
  const { folder, plant } = options;
  // Checked before the folder is touched: bad options and scenarios leave nothing behind.
  const rows = sensed(options);
  try {
    await prepareFolder(folder, options.force);
    const written = await writeDays(rows, options);
    const files = [...written.files];
    if (!written.interrupted) {
      await writeWhole(join(folder, 'assets.csv'), assetsCsv(plant));
      await writeWhole(
        join(folder, 'labels.ndjson'),
        written.labels.map((label) => `${JSON.stringify(label)}\n`).join(''),
      );
      files.push('assets.csv', 'labels.ndjson');
    }
    return { ...written, files };
  } catch (cause) {
    if (cause instanceof SimulatorError) throw cause;
    const reason = messageOf(cause);
    throw new SimulatorError(
      'write-failed',
      `the simulated logs could not be written: ${reason}`,
      'Check the free space and your rights in the output folder. Files without ".partial" are complete.',
      { cause },
    );
  }
}

function sensed(options: SimulateToFiles): SensedRows {
  const rows = simulatePlant(options);
  return options.sensors === 2 ? twoSensors(rows, options.plant.key) : rows;
}

/** Rows of one sensor name none. */
type SensedRows = Generator<SimulatedRow & { readonly sensor?: number }, readonly ScenarioLabel[]>;

async function prepareFolder(folder: string, force: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const found = await readdir(folder);
  if (found.length === 0) return;
  if (!force)
    throw new SimulatorError(
      'folder-not-empty',
      `${folder} is not empty (${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''})`,
      'Choose another folder, or give --force to replace what an earlier simulation wrote there.',
    );
  const nested = await Promise.all(
    found
      .filter((name) => SENSOR_FOLDER.test(name))
      .map(async (sensor) => (await readdir(join(folder, sensor))).map((name) => join(sensor, name))),
  );
  const own = [...found, ...nested.flat()].filter((name) => OWN_FILES.test(basename(name)));
  await Promise.all(own.map((name) => rm(join(folder, name))));
}

async function writeDays(
  rows: SensedRows,
  { folder, format, gzip, from, to, signal, progress }: SimulateToFiles,
): Promise<SimulatedFiles> {
  const open = new Map<string, DayFile>();
  const files: string[] = [];
  const counts: Partial<Record<LogName, number>> = {};
  let day = Number.NEGATIVE_INFINITY;
  let count = 0;
  const completeDay = async (): Promise<void> => {
    for (const [name, file] of open) files.push(join(dirname(name), await file.complete()));
    open.clear();
  };
  try {
    for (let next = rows.next(); ; next = rows.next()) {
      if (next.done === true) {
        await completeDay();
        return { files, rows: counts, labels: next.value, interrupted: false };
      }
      const { log, writtenAt, row, sensor } = next.value;
      const at = fromSeconds(writtenAt);
      if (at >= day + DAY) {
        await completeDay();
        day = startOfDay(at);
      }
      const name = sensor === undefined ? log : join(`sensor-${sensor}`, log);
      let file = open.get(name);
      if (file === undefined) {
        const own = join(folder, dirname(name));
        await mkdir(own, { recursive: true });
        file = DayFile.open({ folder: own, log, day, format, gzip });
        open.set(name, file);
      }
      file.add(row);
      counts[log] = (counts[log] ?? 0) + 1;
      if (++count % ROWS_A_TURN !== 0) continue;
      for (const each of open.values()) await each.flush();
      await new Promise((resolve) => setImmediate(resolve));
      progress?.(count, writtenAt - from, to - from);
      if (signal?.aborted === true) return { files, rows: counts, labels: [], interrupted: true };
    }
  } finally {
    for (const file of open.values()) await file.discard();
  }
}

async function writeWhole(path: string, content: string): Promise<void> {
  await writeFile(`${path}.partial`, content);
  await rename(`${path}.partial`, path);
}
