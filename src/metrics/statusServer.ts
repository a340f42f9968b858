import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface StatusServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Health, readiness and metrics of a process that has no other server: nothing to change, and on loopback unless another
 * address is given.
 */
export async function startStatusServer(
  port: number,
  registry: Registry,
  isReady: () => boolean,
  host = '127.0.0.1',
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const say = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(text);
    if (request.method !== 'GET') say(405, 'only GET\n');
    else if (request.url === '/healthz') say(200, 'alive\n');
    else if (request.url === '/readyz') say(isReady() ? 200 : 503, isReady() ? 'ready\n' : 'not ready\n');
    else if (request.url === '/metrics')
      registry.metrics().then(
        (text) => say(200, text, registry.contentType),
        () => say(500, 'metrics failed\n'),
      );
    else say(404, 'expected /healthz, /readyz or /metrics\n');
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, host, listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
