import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sidecarSettings } from '../../../src/config/sidecar.js';
import { sidecarMetrics } from '../../../src/metrics/sidecarMetrics.js';
import { type Listening, listen } from '../../../src/sidecar/listen.js';
import { LockOut } from '../../../src/sidecar/lockOut.js';
import { viewRenderer } from '../../../src/sidecar/render.js';
import { decisionServer } from '../../../src/sidecar/server.js';
import { Sessions } from '../../../src/sidecar/sessions.js';

/** A key and certificate of localhost, made for this test and used nowhere else. */
const pem = (name: string) => `test/fixtures/tls/${name}.pem`;

describe('the decision server behind TLS', () => {
  let server: Listening;
  beforeAll(async () => {
    const settings = sidecarSettings({
      OT_ANOMALY_SIDECAR_HOST: '127.0.0.1',
      OT_ANOMALY_SIDECAR_PORT: '0',
      OT_ANOMALY_SIDECAR_TLS_CERT: pem('cert'),
      OT_ANOMALY_SIDECAR_TLS_KEY: pem('key'),
    });
    const sessions = new Sessions({ idleMs: 1_000, lifetimeMs: 1_000, now: () => 0 });
    const app = decisionServer(
      {
        namespace: 'default',
        settings,
        elasticsearch: { url: 'http://127.0.0.1:9' },
        sessions,
        lockOut: new LockOut(() => 0),
        render: viewRenderer(),
        soar: undefined,
        models: 'models',
        trust: 'trust',
        policies: 'policies',
        newAssets: () => [],
        metrics: sidecarMetrics(() => 0),
        log: pino({ level: 'silent' }),
        now: () => new Date(0),
        newId: () => 'id',
        chance: () => 1,
      },
      async () => false,
    );
    server = await listen(app, settings);
  });
  afterAll(() => server?.close(100));

  const open = (path: string) =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
      get(`${server.url}${path}`, { ca: readFileSync(pem('cert')) }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      }).on('error', reject);
    });

  it('speaks HTTPS, holds browsers to it, and ties its cookies to this host and to TLS', async () => {
    expect(server.url).toMatch(/^https:/);
    const { status, headers } = await open('/sign-in');
    expect(status).toBe(200);
    expect(headers['set-cookie']?.[0]).toMatch(
      /^__Host-ot_anomaly_sign_in=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(headers['strict-transport-security']).toContain('max-age=31536000');
  });

  it('is alive without Elasticsearch, says that it is not ready, and keeps pages and webhook shut', async () => {
    expect((await open('/healthz')).status).toBe(200);
    expect((await open('/readyz')).status).toBe(503);
    const { status, headers } = await open('/alerts/x');
    expect([status, headers['location']]).toEqual([303, '/sign-in?next=%2Falerts%2Fx']);
    expect((await open('/api/alerts/x')).status).toBe(401);
  });
});
