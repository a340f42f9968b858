import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { ingest } from '../../src/app/ingest.js';
import { simulateToFiles } from '../../src/app/simulate.js';
import { buildPlant, type LogName, type Plant, type ScenarioAt } from '../../src/simulator/index.js';

export const DAY = 86_400;

export interface SimulatedTraffic {
  readonly plant?: Plant;
  /** seconds since the epoch */
  readonly from: number;
  readonly days: number;
  readonly namespace: string;
  readonly scenarios?: readonly ScenarioAt[];
  readonly observeSecondsPerHour?: number;
  readonly sensor?: string;
  /** those that hold a plant's traffic once, unless said otherwise */
  readonly logs?: readonly LogName[];
}

/** A small plant whose month is some 30,000 rows when thinned hard. */
export const smallPlant = (): Plant => buildPlant({ seed: 11, plcs: 3 });

/** Simulates traffic and brings it in through the real pipelines; returns the number of documents and the labels. */
export async function bringTraffic(client: Client, traffic: SimulatedTraffic) {
  const {
    plant = smallPlant(),
    from,
    days,
    namespace,
    scenarios = [],
    observeSecondsPerHour = 1,
    sensor,
    logs,
  } = traffic;
  const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-test-'));
  try {
    const simulated = await simulateToFiles({
      plant,
      from,
      to: from + days * DAY,
      thinning: { observeSecondsPerHour },
      scenarios,
      folder,
      format: 'json',
      gzip: false,
      force: false,
      ...(logs === undefined ? {} : { logs }),
    });
    const files = simulated.files.filter((name) => name.endsWith('.log')).map((name) => join(folder, name));
    const report = await ingest(client, files, {
      namespace,
      run: namespace,
      ...(sensor === undefined ? {} : { sensor }),
    });
    if (!report.ok || report.failed > 0)
      throw new Error(`traffic did not go in: ${JSON.stringify({ ...report, files: [] })}`);
    return { documents: report.indexed, labels: simulated.labels };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
