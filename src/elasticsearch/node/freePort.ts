import { createServer } from 'node:net';
import { NodeError } from './nodeError.js';

/**
 * Tells at once that a wanted port is taken, rather than after Elasticsearch has booted. Between this look and the
 * node's own binding another program may still take it; awaitReady says so then.
 *
 * @throws NodeError port_in_use
 */
export function requireFreePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) => reject(portInUse(port, cause)));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** `port` is 0 where it is not known. */
export function portInUse(port: number, cause?: unknown): NodeError {
  return new NodeError(
    'port_in_use',
    `Elasticsearch cannot listen on ${port === 0 ? 'its port' : `port ${port}`} of 127.0.0.1: another program does, or it is not allowed.`,
    'Choose another with --port, or none for a free one.',
    { cause },
  );
}
