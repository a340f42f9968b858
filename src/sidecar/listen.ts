import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SidecarSettings } from '../config/sidecar.js';

export interface Listening {
  /** `https://127.0.0.1:8686` */
  readonly url: string;
  /** Takes no new request, lets the running ones end within the limit, and ends the others. */
  close(withinMs: number): Promise<void>;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

/** @throws whatever the operating system says, such as that the port is taken */
export async function listen(
  app: RequestListener,
  { host, port, tls }: Pick<SidecarSettings, 'host' | 'port' | 'tls'>,
): Promise<Listening> {
  const server: Server =
    tls === undefined ? createHttp(app) : createHttps({ ...tls, minVersion: 'TLSv1.2' }, app);
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, host, listening);
  });
  const { port: bound } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${shown}:${bound}`,
    close: async (withinMs) => {
      const ended = new Promise<void>((closed) => server.close(() => closed()));
      server.closeIdleConnections();
      const impatient = setTimeout(() => server.closeAllConnections(), withinMs);
      await ended;
      clearTimeout(impatient);
    },
  };
}
