import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { afterAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/packageRoot.js';
import { noCounts, writeHeartbeat } from '../../src/elasticsearch/heartbeat.js';
import type { TestElasticsearch } from './globalSetup.js';

const KIBANA_PASSWORD = 'of-kibana-for-this-test';
const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-test-'));
const keysFile = join(folder, 'keys', 'keys.json');
const scorerKeysFile = join(folder, 'scorer.json');
const triageKeysFile = join(folder, 'triage.json');

/**
 * What the scripts of deployment/docker/compose.yaml do, on a node of which nobody else needs the users: they change those that
 * other tests sign in as.
 */
export function composeScripts(nodeOf: () => TestElasticsearch): void {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(
    script: string,
    env: Record<string, string>,
  ): { status: number | null; stderr: string; keys: string } {
    const { status, stderr } = spawnSync(process.execPath, [packagePath(`deployment/docker/${script}`)], {
      env: { PATH: process.env['PATH'], ES_URL: nodeOf().url, ...env },
      encoding: 'utf8',
    });
    return {
      status,
      stderr,
      keys: status === 0 && script === 'setup.mjs' ? readFileSync(keysFile, 'utf8') : '',
    };
  }

  const setUp = () =>
    run('setup.mjs', {
      ES_USERNAME: nodeOf().username,
      ES_PASSWORD: nodeOf().password,
      KIBANA_PASSWORD,
      OT_ANOMALY_KEYS_FILE: keysFile,
      SCORER_KEYS_FILE: scorerKeysFile,
      TRIAGE_KEYS_FILE: triageKeysFile,
    });

  describe('the set-up service', () => {
    it('lets Kibana sign in, sets up, gives scorer and triage their key alone, and changes nothing the second time', async () => {
      const first = setUp();
      expect(first).toMatchObject({ status: 0 });
      const kibana = new Client({
        node: nodeOf().url,
        auth: { username: 'kibana_system', password: KIBANA_PASSWORD },
      });
      expect((await kibana.security.authenticate()).username).toBe('kibana_system');

      for (const [part, file] of [
        ['scorer', scorerKeysFile],
        ['triage', triageKeysFile],
      ] as const) {
        const { keys } = JSON.parse(readFileSync(file, 'utf8'));
        expect(Object.keys(keys)).toEqual([part]);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        const client = new Client({ node: nodeOf().url, auth: { apiKey: keys[part].encoded } });
        expect((await client.security.authenticate()).username).toBe(`ot_anomaly_${part}`);
        await client.close();
      }

      const second = setUp();
      expect(second.status).toBe(0);
      expect(second.keys).toBe(first.keys);
      expect(second.stderr).not.toMatch(/^(created|updated)/m);
      expect(`${first.stderr}${second.stderr}`).not.toContain(KIBANA_PASSWORD);
    }, 180_000);

    it('says which variables are missing', () => {
      const { status, stderr } = run('setup.mjs', { ES_USERNAME: 'elastic' });
      expect(status).toBe(1);
      expect(stderr).toContain('not set: ES_PASSWORD, KIBANA_PASSWORD');
    });
  });

  describe('the health check of the scorer', () => {
    const check = (name = 'compose') =>
      run('healthcheck.mjs', { OT_ANOMALY_KEYS_FILE: scorerKeysFile, SCORER_NAME: name });

    it('fails without a heartbeat and succeeds with a fresh one of that scorer', async () => {
      expect(check()).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('no heartbeat within 60 s'),
      });
      const { keys } = JSON.parse(readFileSync(scorerKeysFile, 'utf8'));
      const client = new Client({ node: nodeOf().url, auth: { apiKey: keys.scorer.encoded } });
      const heartbeat = { ...noCounts(), name: 'compose', model_sha256: 'x' };
      await writeHeartbeat(client, 'default', heartbeat, 'one', new Date());
      await expect.poll(() => check().status, { timeout: 20_000 }).toBe(0);
      expect(check('another').status).toBe(1);
      const inProduction = { ...heartbeat, name: 'another-production' };
      await writeHeartbeat(client, 'default', inProduction, 'two', new Date());
      await expect.poll(() => check('another').status, { timeout: 20_000 }).toBe(0);
    });
  });

  describe('the health check of the decision server and the triage worker', () => {
    it('succeeds when the part says that it is ready, and fails when it says otherwise or nothing', async () => {
      let status = 503;
      const part = createServer((request, response) => {
        response.writeHead(request.url === '/readyz' ? status : 404).end();
      });
      await once(part.listen(0, '127.0.0.1'), 'listening');
      const address = part.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const check = async () => {
        const script = spawn(process.execPath, [packagePath('deployment/docker/ready.mjs'), `${port}`]);
        const [exit] = await once(script, 'exit');
        return exit as number;
      };
      expect(await check()).toBe(1);
      status = 200;
      expect(await check()).toBe(0);
      part.close();
      await once(part, 'close');
      expect(await check()).toBe(1);
    });
  });
}
