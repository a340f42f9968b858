import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activeMaintenance, readWindows } from '../../src/elasticsearch/maintenanceStore.js';
import { componentTemplates, indexTemplates, pipelines } from '../../src/setup/assets.js';
import { installComponentTemplate, installIndexTemplate, installPipeline } from '../../src/setup/install.js';
import { ensureStream } from '../../src/setup/streams.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientWith, keyOf } from './installAssets.js';

const namespace = uniqueNamespace('m');
const admin = cluster();
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-maintenance-'));
const DAY = 86_400_000;
let key: string;

beforeAll(async () => {
  for (const asset of pipelines()) await installPipeline(admin, asset);
  for (const asset of componentTemplates()) await installComponentTemplate(admin, asset);
  for (const asset of indexTemplates()) await installIndexTemplate(admin, asset);
  await ensureStream(admin, `logs-ot_anomaly.maintenance-${namespace}`);
  key = await keyOf('ot_anomaly_inventory');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await admin.close();
});

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    'node',
    ['dist/cli.js', 'maintenance', ...args, '--namespace', namespace, '--json'],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ES_URL: testElasticsearch().url, ES_API_KEY: key },
    },
  );
  return { status, stderr, json: status === 0 ? JSON.parse(stdout) : undefined };
}
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('maintenance import and list', () => {
  it('puts a calendar in force with the inventory’s key, in the place of its earlier one, and writes nothing twice', async () => {
    const today = new Date(Date.now() - DAY).toISOString().slice(0, 10);
    const daily = `
windows:
  - { summary: Daily window, start: ${today}T00:00, duration: 24h, rrule: FREQ=DAILY, zones: [level2] }
`;
    const plan = file('plan.yml', daily);
    const first = run('import', plan).json;
    expect(first).toMatchObject({ calendar: 'plan.yml', before: 0, changed: true, goingOn: 1 });
    expect(first.windows).toBeGreaterThan(400);
    expect(run('import', plan).json).toMatchObject({ changed: false });
    const other = file(
      'other.ics',
      [
        'BEGIN:VCALENDAR',
        'BEGIN:VEVENT',
        'UID:1',
        'SUMMARY:Once',
        `DTSTART:${today.replaceAll('-', '')}T000000Z`,
        'DURATION:P3D',
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
    );
    expect(run('import', other, '--asset', '10.0.0.1').json).toMatchObject({
      windows: 1,
      changed: true,
      goingOn: 0,
    });

    const scorer = clientWith(await keyOf('ot_anomaly_scorer'));
    const now = Date.now();
    const at = async () =>
      (await readWindows(scorer, namespace, { from: now, to: now + 1 })).map(
        ({ calendar, zones, assets }) => ({ calendar, zones, assets }),
      );
    const ofOther = { calendar: 'other.ics', zones: [], assets: ['10.0.0.1'] };
    const ofPlan = { calendar: 'plan.yml', zones: ['level2'], assets: [] };
    expect(await at()).toEqual(expect.arrayContaining([ofOther, ofPlan]));
    expect(run('list').json.windows.length).toBe(32);

    expect(run('import', file('plan.yml', 'windows: []')).json).toMatchObject({
      windows: 0,
      before: first.windows,
      changed: true,
    });
    expect(await at()).toEqual([ofOther]);
    const triage = clientWith(await keyOf('ot_anomaly_triage'));
    expect(await activeMaintenance(triage, namespace, new Date(now))).toMatchObject([{ summary: 'Once' }]);
    const { count } = await admin.count({ index: `logs-ot_anomaly.maintenance-${namespace}` });
    expect(count).toBe(first.windows + 1 + 1 + 1 + 1); // nothing was changed or removed
    await Promise.all([scorer.close(), triage.close()]);
  }, 60_000);

  it('writes nothing of a calendar with a problem, and says which', () => {
    const { status, stderr } = run(
      'import',
      file('bad.yml', 'windows: [{ summary: a, start: tomorrow, duration: 1h }]'),
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/windows\.0\.start: expected a local date and time/);
    expect(run('import', join(folder, 'absent.yml')).stderr).toContain("can't be read");
    expect(run('import', file('bad.yml', 'windows: []'), '--time-zone', 'Mars').status).toBe(2);
  });

  it('finds no window where no calendar was imported', async () => {
    expect(await readWindows(admin, uniqueNamespace('m'), { from: 0, to: Date.now() })).toEqual([]);
  });
});
