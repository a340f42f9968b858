import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { buildPlant, simulatePlant } from '../../../src/simulator/index.js';
import { DAY, HOUR, START } from './recorded.js';

/** SHA-256 of the rows as JSON lines, taken before plants could speak anything but Modbus. */
const ROWS = 68_166;
const DIGEST = '1e0abd98c9b5fdcf91242619f1ecfa55f1ea9be9d6b55cf2343abc039f4b219b';
const SCENARIOS = ['new-source', 'historian-pivot', 'new-write', 'faster-polling', 'scan', 'new-plc'];

it('a Modbus plant and its first six scenarios are the same bytes as ever', () => {
  const hash = createHash('sha256');
  let rows = 0;
  for (const row of simulatePlant({
    plant: buildPlant({ seed: 42, plcs: 3 }),
    from: START,
    to: START + 5 * DAY,
    logs: ['conn', 'modbus', 'modbus_detailed'],
    scenarios: SCENARIOS.map((name, i) => ({ name, at: START + (i + 30) * HOUR })),
  })) {
    hash.update(`${JSON.stringify(row)}\n`);
    rows += 1;
  }
  expect(rows).toBe(ROWS);
  expect(hash.digest('hex')).toBe(DIGEST);
});
