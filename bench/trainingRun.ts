import { FOREST_DEFAULTS, ROWS_PER_KEY, train } from '../src/model/training/train.js';
import { generatedBaseline } from './generatedBaseline.js';

/** One training in a process of its own, so that its peak memory is its own: prints one JSON object. */
const DAYS = 31;
const from = Date.parse('2026-01-01T00:00:00Z') / 1000;
const total = Number(process.argv[2]);

const began = performance.now();
const result = await train(generatedBaseline(total, from, DAYS), {
  ...FOREST_DEFAULTS,
  from,
  to: from + DAYS * 86_400,
  rowsPerKey: ROWS_PER_KEY,
  acceptShortBaseline: false,
});
if ('refusal' in result) throw new Error(`training was refused: ${result.refusal.reason}`);
const usage = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    peakRssMb: usage.maxRSS / 1024,
    sampled: result.model.baseline.logs['modbus']?.sampled ?? 0,
  }),
);
