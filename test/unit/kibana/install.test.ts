import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kibanaFiles } from '../../../src/kibana/files.js';
import { type InstallOptions, installKibana } from '../../../src/kibana/install/install.js';
import { kibanaClient } from '../../../src/kibana/install/kibanaClient.js';
import { kibanaConnectionFor } from '../../../src/kibana/install/kibanaConnection.js';
import { KIBANA_9, type KibanaLike, type RunningKibana, startKibana } from '../../fixtures/kibanaServer.js';

const files = kibanaFiles();
const OBJECTS = files.get('ot-anomaly.ndjson') ?? '';
const RULES = files.get('detection-rules.ndjson') ?? '';
const countOf = (text: string) => text.split('\n').filter((line) => line !== '').length;
const OPTIONS: InstallOptions = {
  space: 'default',
  overwrite: false,
  dryRun: false,
  objects: OBJECTS,
  rules: RULES,
};

let kibana: RunningKibana;

async function restart(like: Partial<KibanaLike>): Promise<void> {
  await kibana.stop();
  kibana = await startKibana({ ...KIBANA_9, ...like });
}

beforeEach(async () => {
  kibana = await startKibana(KIBANA_9);
});
afterEach(() => kibana.stop());

function install(options: Partial<InstallOptions> = {}, key = 'of-an-admin') {
  const connection = kibanaConnectionFor({ KIBANA_URL: `${kibana.url}/`, KIBANA_API_KEY: key });
  return installKibana(kibanaClient(connection), { ...OPTIONS, ...options });
}

it('imports every object and every rule, and switches none on', async () => {
  expect(await install()).toEqual({
    dryRun: false,
    version: '9.0.3',
    objects: countOf(OBJECTS),
    rules: countOf(RULES),
  });
  expect(kibana.stored.size).toBe(countOf(OBJECTS) + countOf(RULES));
  for (const [name, stored] of kibana.stored)
    if (/^default rule /.test(name)) expect(stored).toMatchObject({ enabled: false, actions: [] });
});

it('imports into the space that it is told', async () => {
  await install({ space: 'ot' });
  expect([...kibana.stored.keys()].every((name) => name.startsWith('ot '))).toBe(true);
});

it('leaves alone what is there, names it, and replaces it when told to', async () => {
  await install();
  await expect(install()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('dashboard ot_anomaly-ot-overview: conflict'),
    advice: expect.stringContaining('--overwrite'),
  });
  expect(await install({ overwrite: true })).toMatchObject({ objects: countOf(OBJECTS) });
});

it('changes nothing in a dry run, and says what is there', async () => {
  const before = await install({ dryRun: true });
  expect(before).toMatchObject({ dryRun: true, existing: [] });
  expect(kibana.stored.size).toBe(0);
  await install();
  const after = await install({ dryRun: true });
  expect(after).toMatchObject({ missing: [] });
  expect('existing' in after && after.existing.length).toBe(countOf(OBJECTS) + countOf(RULES));
});

it('links alerts to the decision server that it is told', async () => {
  await install({ decisionsUrl: 'https://decisions.plant.example/ot' });
  const text = JSON.stringify([...kibana.stored.values()]);
  expect(text).toContain('https://decisions.plant.example/ot/alerts/{{value}}');
  expect(text).not.toContain('localhost');
});

describe('refusals', () => {
  it.each([
    ['8.17.4', 'Upgrade'],
    ['7.17.0', 'Upgrade'],
    ['10.0.0', 'newer release'],
  ])('of Kibana %s say what to do', async (version, advice) => {
    await restart({ version });
    await expect(install()).rejects.toMatchObject({
      code: 'unsupported_version',
      message: expect.stringContaining(version),
      advice: expect.stringContaining(advice),
    });
    expect(kibana.stored.size).toBe(0);
  });

  it('of an object that is newer than Kibana keep Kibana’s reason', async () => {
    await restart({ reads: { ...KIBANA_9.reads, dashboard: '10.1.0' } });
    await expect(install()).rejects.toMatchObject({
      code: 'unsupported_version',
      message: expect.stringContaining('more recent version'),
    });
  });

  it('name the space that does not exist', async () => {
    await expect(install({ space: 'plant' })).rejects.toMatchObject({
      code: 'no_such_space',
      message: expect.stringContaining('"plant"'),
    });
  });

  it('tell a wrong credential from one that may not write, and show neither', async () => {
    const wrong = install({}, 'a-wrong-secret');
    await expect(wrong).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining('a-wrong-secret') });
    await restart({ mayWrite: false });
    await expect(install()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('name each rule that was not taken', async () => {
    const rules = RULES.replace(/"risk_score":\d+,/, '');
    await expect(install({ rules })).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringMatching(/^1 detection rules were not imported, \d+ were:\nrule .+ Required$/s),
    });
  });

  it('name objects whose references lead nowhere', async () => {
    const objects = OBJECTS.split('\n').slice(6).join('\n');
    await expect(install({ objects })).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('missing_references'),
    });
  });

  it('say that nothing answers, or that something else does', async () => {
    const connection = { url: 'http://127.0.0.1:1', authorization: 'ApiKey x' };
    await expect(installKibana(kibanaClient(connection), OPTIONS)).rejects.toMatchObject({
      code: 'unreachable',
    });
    await restart({ version: 'something else' });
    await expect(install()).rejects.toMatchObject({ code: 'not_kibana' });
  });
});

it('reads its connection from the environment and names every problem, never a value', () => {
  const wrong = () =>
    kibanaConnectionFor({
      KIBANA_URL: 'https://elastic:hidden@localhost:5601',
      KIBANA_USERNAME: 'elastic',
      KIBANA_CA_FILE: '/nowhere/ca.pem',
    });
  expect(wrong).toThrow(/KIBANA_URL: must not carry[\s\S]*KIBANA_API_KEY: is not set[\s\S]*KIBANA_CA_FILE:/);
  expect(wrong).not.toThrow(/hidden/);
  expect(
    kibanaConnectionFor({ KIBANA_URL: 'http://k:5601', KIBANA_USERNAME: 'a', KIBANA_PASSWORD: 'b' }),
  ).toEqual({
    url: 'http://k:5601',
    authorization: 'Basic YTpi',
  });
});
