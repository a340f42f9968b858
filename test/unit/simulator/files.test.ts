import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulateToFiles, simulateToFiles } from '../../../src/app/simulate.js';
import { buildPlant, LOG_NAMES, PLANT_PROTOCOLS } from '../../../src/simulator/index.js';
import { TsvParser } from '../../../src/zeek/tsv.js';
import { DAY, HOUR, record, START } from './recorded.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'simulate-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

function options(changes: Partial<SimulateToFiles> = {}): SimulateToFiles {
  return {
    plant: buildPlant({ seed: 42, plcs: 3 }),
    from: START,
    to: START + 2 * DAY,
    thinning: { observeSecondsPerHour: 3 },
    scenarios: [{ name: 'scan', at: START + HOUR }],
    folder: join(base, 'out'),
    format: 'json',
    gzip: false,
    force: false,
    ...changes,
  };
}

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(folder, name))).toString('latin1')]),
    ),
  );
}

describe('simulated files', () => {
  it('are the same bytes for the same seed and options', async () => {
    await simulateToFiles(options({ folder: join(base, 'a'), gzip: true }));
    await simulateToFiles(options({ folder: join(base, 'b'), gzip: true }));
    const [a, b] = [await contents(join(base, 'a')), await contents(join(base, 'b'))];
    expect(Object.keys(a)).toEqual([
      'assets.csv',
      'conn.2026-01-05.log.gz',
      'conn.2026-01-06.log.gz',
      'labels.ndjson',
      'modbus.2026-01-05.log.gz',
      'modbus.2026-01-06.log.gz',
    ]);
    expect(a).toEqual(b);
  });

  it('hold every row once, on the day on which it was written', async () => {
    const result = await simulateToFiles(options());
    const expected = record({
      plcs: 3,
      seconds: 2 * DAY,
      observe: 3,
      scenarios: [{ name: 'scan', at: START + HOUR }],
    });
    const files = await contents(join(base, 'out'));
    for (const log of ['conn', 'modbus'] as const) {
      const rows = expected.rows.filter((row) => row.log === log);
      expect(result.rows[log]).toBe(rows.length);
      for (const [day, name] of [`${log}.2026-01-05.log`, `${log}.2026-01-06.log`].entries()) {
        const own = rows.filter((row) => Math.floor((row.writtenAt - START) / DAY) === day);
        expect(files[name]).toBe(own.map(({ row }) => `${JSON.stringify(row)}\n`).join(''));
      }
    }
    expect(
      files['labels.ndjson']
        ?.trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(expected.labels);
  });

  it('say the same in TSV as in JSON, as the product itself reads it', async () => {
    const plant = buildPlant({ seed: 42, plcs: 3, protocols: PLANT_PROTOCOLS, with: ['capture-loss'] });
    // The day of the weekly maintenance, on which every log has rows.
    const from = START + (plant.maintenance.weekday - 1) * DAY;
    const day = new Date(from * 1000).toISOString().slice(0, 10);
    const both = { plant, logs: LOG_NAMES, from, to: from + DAY, scenarios: [] };
    await simulateToFiles(options({ ...both, folder: join(base, 'json') }));
    await simulateToFiles(options({ ...both, folder: join(base, 'tsv'), format: 'tsv', gzip: true }));
    for (const log of LOG_NAMES) {
      const json = await readFile(join(base, 'json', `${log}.${day}.log`), 'utf8');
      const tsv = gunzipSync(await readFile(join(base, 'tsv', `${log}.${day}.log.gz`))).toString();
      const parser = new TsvParser();
      const rows = tsv.split('\n').flatMap((line) => {
        const parsed = parser.parse(line);
        expect(parsed.kind).not.toBe('failure');
        return parsed.kind === 'row' ? [parsed.row] : [];
      });
      expect(rows).toEqual(
        json
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    }
  });

  it('never mix with what is in the folder, nor remove what a simulation would not write', async () => {
    await simulateToFiles(options());
    await writeFile(join(base, 'out', 'notes.txt'), 'mine');
    await expect(simulateToFiles(options())).rejects.toMatchObject({ code: 'folder-not-empty' });
    await simulateToFiles(options({ force: true, to: START + DAY, gzip: true }));
    expect((await readdir(join(base, 'out'))).sort()).toEqual([
      'assets.csv',
      'conn.2026-01-05.log.gz',
      'labels.ndjson',
      'modbus.2026-01-05.log.gz',
      'notes.txt',
    ]);
  });

  it('are complete or absent when it is interrupted', async () => {
    const controller = new AbortController();
    const result = await simulateToFiles(
      options({
        to: START + 20 * DAY,
        thinning: { observeSecondsPerHour: 60 },
        signal: controller.signal,
        progress: (_rows, simulated) => {
          if (simulated > 2.5 * DAY) controller.abort();
        },
      }),
    );
    expect(result.interrupted).toBe(true);
    expect((await readdir(join(base, 'out'))).sort()).toEqual([
      'conn.2026-01-05.log',
      'conn.2026-01-06.log',
      'modbus.2026-01-05.log',
      'modbus.2026-01-06.log',
    ]);
  });

  it('are not begun for options that describe nothing', async () => {
    const wrong = options({ scenarios: [{ name: 'scan', at: START - 1 }] });
    await expect(simulateToFiles(wrong)).rejects.toMatchObject({ code: 'scenario-time' });
    await expect(simulateToFiles(options({ thinning: { observeSecondsPerHour: 0 } }))).rejects.toMatchObject({
      code: 'bad-option',
    });
    expect(await readdir(base)).toEqual([]);
  });

  it('that cannot be written say so, and what to do', async () => {
    await writeFile(join(base, 'out'), 'a file where the folder should be');
    await expect(simulateToFiles(options())).rejects.toMatchObject({ code: 'write-failed' });
  });
});
