import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakRssMb: z.number(),
  /** rows drawn from the window; see train.ts */
  sampled: z.number(),
});
export type TrainingBench = z.infer<typeof run>;

/** Trains on a window of `rows` rows in a process of its own. */
export async function benchTraining(rows: number): Promise<TrainingBench> {
  const script = fileURLToPath(new URL('./trainingRun.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, `${rows}`]);
  return run.parse(JSON.parse(stdout));
}
