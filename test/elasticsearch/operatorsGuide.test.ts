import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Keys } from '../../src/config/keys.js';
import { packagePath } from '../../src/config/packageRoot.js';
import { buildPlant } from '../../src/simulator/index.js';
import { type Ended, ended } from '../fixtures/ended.js';
import { cluster, testElasticsearch, uniqueNamespace } from './cluster.js';
import { clientOf, setUp } from './parts.js';
import { bringTraffic, DAY } from './simulated.js';

/** The commands of docs/governance.md, as its reader types them: the built program, real keys in files, a real node. */
const admin = cluster();
const namespace = uniqueNamespace('og');
const PASSWORD = 'a password of this test';
/** A month that ended yesterday, by the day. */
const TO = Math.floor(Date.now() / 1000 / DAY) * DAY;
const FROM = TO - 31 * DAY;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
let folder: string;
let keys: Keys;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-guide-'));
  keys = await setUp(namespace);
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ version: 1, keys }), { mode: 0o600 });
  await admin.security.putUser({ username: namespace, password: PASSWORD, roles: ['ot_anomaly_analyst'] });
  const plant = buildPlant({ seed: 11, plcs: 1 });
  await bringTraffic(clientOf(keys, 'ingest'), { plant, from: FROM, days: 31, namespace });
}, 300_000);
afterAll(async () => {
  await admin.security.deleteUser({ username: namespace });
  await admin.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `ot-anomaly` with the keys that set-up wrote, or as a person. */
function run(
  line: string,
  as: 'parts' | 'person' = 'parts',
  more: Record<string, string> = {},
): Promise<Ended> {
  const account = as === 'person' ? { ES_USERNAME: namespace, ES_PASSWORD: PASSWORD } : {};
  const env = {
    PATH: process.env['PATH'],
    ES_URL: testElasticsearch().url,
    OT_ANOMALY_NAMESPACE: namespace,
    OT_ANOMALY_MODELS: join(folder, 'models'),
    OT_ANOMALY_POLICIES: join(folder, 'policies'),
    OT_ANOMALY_TRUST_FOLDER: join(folder, 'trust'),
    OT_ANOMALY_KEYS_FILE: join(folder, 'keys.json'),
    OT_ANOMALY_AUDIT_ANCHOR: join(folder, 'anchor.ndjson'),
    ...account,
    ...more,
  };
  const args = line.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
  const child = spawn(process.execPath, [packagePath('dist/cli.js'), ...args], { env, cwd: folder });
  return ended(child);
}

async function done(line: string, as?: 'parts' | 'person', more?: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(line, as, more);
  if (code !== 0) throw new Error(`${line}\nexit ${code}\n${stdout}${stderr}`);
  return stdout;
}

const fingerprintIn = (text: string) => /fingerprint[^:\n]*:? (\S+)/.exec(text)?.[1] ?? '';
const digestIn = (text: string) => /sha256 ([0-9a-f]{64})/.exec(text)?.[1] ?? '';

/** People's roles, by the name of their key file. */
const PEOPLE = {
  lena: 'ot-security-lead',
  liam: 'ot-security-lead',
  emma: 'ot-engineering-lead',
  eric: 'ot-engineering-lead',
  anna: 'ot-security-analyst',
  axel: 'ot-security-analyst',
} as const;

describe('the operator’s guide', () => {
  let request: string;
  let model: string;

  it('makes keys, a root of trust of two keys, and puts the policies in force', async () => {
    const entries: Record<string, string> = {};
    for (const name of [...Object.keys(PEOPLE), 'trainer', 'root-1', 'root-2'])
      entries[name] = (await done(`key new ${name}.key`)).trim();
    mkdirSync(join(folder, 'policies'));
    for (const name of ['ai_governance_policy.yaml', 'retraining_policy.yaml']) {
      const text = readFileSync(packagePath(`policies/${name}`), 'utf8');
      const here = text.replace('/var/log/ot-ai/', `${folder}/`);
      writeFileSync(join(folder, 'policies', name), here);
    }
    const people = Object.entries(PEOPLE).map(
      ([id, role]) =>
        `    - id: ${id}\n      roles: [{ role: ${role}, from: "2026-01-01T00:00:00Z" }]\n      keys: [${entries[id]}]\n`,
    );
    writeFileSync(
      join(folder, 'policies', 'approvers.yaml'),
      `approvers:\n  version: 1\n  people:\n${people.join('')}  services:\n    - id: trainer\n      purposes: [training, gate, registry]\n      keys: [${entries['trainer']}]\n`,
    );
    expect(await done('policy check')).toMatch(/6 people: no problem found/);
    const publicKeys = ['root-1', 'root-2'].map(
      (name) => /public_key: (\S+),/.exec(entries[name] ?? '')?.[1],
    );
    const until = iso(TO + 365 * DAY);
    await done(
      `trust root root.json --public-key ${publicKeys.join(' ')} --threshold 2 --root-version 1 --expires ${until}`,
    );
    await done(`trust draft trust.json --trust-version 1 --expires ${until}`);
    await done('trust sign root.json --key root-1.key');
    expect((await run('trust pin root.json')).stderr).toMatch(/1 of 2|can't be trusted/);
    await done('trust sign root.json --key root-2.key');
    await done('trust pin root.json');
    for (const name of ['root-1', 'root-2']) await done(`trust sign trust.json --key ${name}.key`);
    expect(await done('trust install trust.json')).toMatch(/in force: version 1/);
    expect(await done('trust show')).toMatch(/lena: ot-security-lead/);
  }, 120_000);

  it('asks for a retrain, has it signed over the phone, and runs it once', async () => {
    const asked = await done(
      `retrain request --person anna --ticket OT-7 --key anna.key --out request.json --from ${iso(FROM)} --to ${iso(TO)}`,
    );
    request = digestIn(asked);
    await done('approval submit request.json');
    const wrong = await run(
      'approval sign request.json --person lena --role ot-security-lead --key lena.key --fingerprint AAAA-BBBB-CCCC --out lena.json',
    );
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/not the request that you were told of/),
    });
    const refused = await run(`retrain run ${request} --key trainer.key`);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not granted/) });
    await done(
      `approval sign request.json --person lena --role ot-security-lead --key lena.key --fingerprint ${fingerprintIn(asked)} --out lena.json`,
    );
    expect(await done('approval submit lena.json')).toMatch(/granted: 1 of 1/);
    expect(await done('approval list')).toMatch(/granted {2}retrain model \(retrain\)/);
    const ran = await done(`retrain run ${request} --key trainer.key`);
    model = /model ([0-9a-f]{64})/.exec(ran)?.[1] ?? '';
    expect(model).not.toBe('');
    const again = await run(`retrain run ${request} --key trainer.key`);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/used: a retrain began on this request/),
    });
    const status = await done(`retrain status ${request}`);
    for (const act of ['approval-submitted', 'retrain-started', 'retrain-finished', 'retrain-refused'])
      expect(status).toContain(act);
  }, 180_000);

  it('shows the model, and what a lower line would do, and refuses what is not ready', async () => {
    expect(await done('model list')).toMatch(/trained on request \w+; not gated/);
    expect(await done(`threshold propose --model ${model} --alert-line -0.45 --days 2`)).toMatch(
      /rows from .*\nbelow -0\.15: \d+ rows, \d+ alerts\nbelow -0\.45: 0 rows, 0 alerts/,
    );
    const stage = await run(`model stage ${model} --key trainer.key`);
    expect(stage).toMatchObject({ code: 1, stderr: expect.stringMatching(/gate_failed/) });
    const verify = await run('model verify');
    expect(verify).toMatchObject({ code: 1, stderr: expect.stringMatching(/nothing was deployed yet/) });
    const production = await run('score --follow --model production');
    expect(production).toMatchObject({ code: 1, stderr: expect.stringMatching(/no model may alert/) });
  }, 120_000);

  it('opens and closes incidents and does reviews as a person, never with a part’s key', async () => {
    const asPart = await run('incident open INC-1');
    expect(asPart).toMatchObject({ code: 1, stderr: expect.stringMatching(/ES_USERNAME/) });
    const opened = await done(
      `incident open INC-1 --suspected-from ${iso(TO - 3 * DAY)} --missed --note "a laptop on line 3"`,
      'person',
    );
    expect(opened).toMatch(new RegExp(`tainted: model ${model.slice(0, 12)}`));
    expect(await done('incident list', 'person')).toMatch(/INC-1 {2}OPEN/);
    const list = await done('review list');
    expect(list).toMatch(/due .* {2}false_negative:INC-1/);
    expect(list).toMatch(/retrain:/);
    await done('review done false_negative:INC-1 --finding "the sensor was off"', 'person');
    expect(await done('review list')).not.toMatch(/false_negative/);
    await done('incident close INC-1 --note "the laptop is gone"', 'person');
    expect(await done('incident list', 'person')).toMatch(/INC-1 {2}closed/);
  }, 120_000);

  it('reports to an auditor, exports evidence with digests, holds it, and verifies chain and boundary', async () => {
    expect(await done('audit verify')).toMatch(/anchors: nothing found/);
    await done('boundary verify --json');
    const pack = await run('report --format md');
    expect(pack.stdout).toMatch(/The audit chain of \d+ records is whole; \d+ heads kept/);
    expect(pack.stdout).toMatch(
      /anna \| .* \| OT-7 \| granted \| lena as ot\\-security\\-lead|OT-7 \| granted/,
    );
    expect(pack.stdout).toMatch(/PROBLEM: no model may alert/);
    expect(pack.code).toBe(1);
    const html = await run('report --format html');
    expect(html.stdout).toMatch(/<title>Governance of/);
    await done('report --incident INC-1 --hold --out evidence.json');
    const evidence = JSON.parse(readFileSync(join(folder, 'evidence.json'), 'utf8')) as {
      documents: { sha256: string }[];
    };
    expect(evidence.documents).toHaveLength(2);
    const { count } = await admin.count({ index: `logs-ot_anomaly.hold-${namespace}` });
    expect(count).toBe(3); // two copies, and that they are held
  }, 120_000);

  it('locks the originals of a hold, so that an administrator deletes none, until the hold is released', async () => {
    const { username, password, apiKey } = testElasticsearch();
    const credential =
      apiKey === undefined ? { ES_USERNAME: username, ES_PASSWORD: password } : { ES_API_KEY: apiKey };
    const asAdministrator = (line: string) => done(line, 'parts', credential);
    const { hits } = await admin.search({ index: `logs-ot_anomaly.incident-${namespace}`, size: 1 });
    const original = { index: hits.hits[0]?._index ?? '', id: hits.hits[0]?._id ?? '' };
    // A part's key may write to the stream, and releases and locks nothing by it.
    for (const [id, action] of Object.entries({ forged: 'hold-released', 'forged too': 'original-locked' }))
      await clientOf(keys, 'registry').create({
        index: `logs-ot_anomaly.hold-${namespace}`,
        id,
        document: {
          '@timestamp': new Date(),
          event: { action },
          ot_anomaly: { hold: { subject: 'incident INC-1', index: original.index } },
        },
        refresh: true,
      });
    expect(await done('hold list')).toBe(`OPEN    ${original.index}  incident INC-1\n`);
    expect((await findings()).map(({ code }) => code)).toContain('hold_unlocked');
    expect(await run('hold lock')).toMatchObject({ code: 1 }); // no part's key will do
    expect(await asAdministrator('hold lock')).toBe(`locked  ${original.index}\n`);
    expect(await done('hold list')).toMatch(/^locked {2}/);
    const acts = {
      delete: () => admin.delete(original),
      change: () => admin.update({ ...original, doc: { message: 'nothing happened' } }),
      'delete by query': () => admin.deleteByQuery({ index: original.index, query: { match_all: {} } }),
      'delete the index': () => admin.indices.delete({ index: original.index }),
    };
    for (const [what, act] of Object.entries(acts))
      await expect(act(), what).rejects.toThrow(/cluster_block_exception|index read-only/);
    // The stream goes on, and set-up leaves what is locked alone.
    await done('incident open INC-2', 'person');
    expect(await done('incident list', 'person')).toMatch(/INC-1 {2}closed[\s\S]*INC-2 {2}OPEN/);
    await setUp(namespace);
    expect(await asAdministrator('hold release "incident INC-1" --reason "the case is closed"')).toBe(
      `released: incident INC-1\nunlocked  ${original.index}\n`,
    );
    expect(await done('hold list')).toBe('nothing is under hold\n');
    await admin.delete({ ...original, refresh: true });
    await done('report --incident INC-1 --hold --out again.json');
    expect(await done('hold list')).toMatch(/^OPEN .*\.incident-/);
    expect(await done('audit verify')).toMatch(/anchors: nothing found/);
  }, 180_000);

  const findings = async () => {
    const { stdout } = await run('doctor --json --watch 0');
    return (JSON.parse(stdout) as { findings: { code: string; message: string }[] }).findings;
  };

  it('shows in doctor, and refuses to act, while a policy differs from what the root signed', async () => {
    const path = join(folder, 'models', 'trust', 'ai_governance_policy.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('frequency: quarterly', 'frequency: yearly'));
    const found = (await findings()).find(({ code }) => code === 'policies_untrusted');
    expect(found?.message).toMatch(/ai_governance_policy changed without a signature/);
    expect(await run(`retrain run ${request} --key trainer.key`)).toMatchObject({ code: 1 });
    writeFileSync(path, text);
    expect((await findings()).map(({ code }) => code)).not.toContain('policies_untrusted');
  }, 120_000);
});
