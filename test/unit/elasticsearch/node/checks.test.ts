import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requireFreeDisk } from '../../../../src/elasticsearch/node/freeDisk.js';
import { requireFreePort } from '../../../../src/elasticsearch/node/freePort.js';
import { megabytes } from '../../../../src/elasticsearch/node/progress.js';

describe('requireFreeDisk', () => {
  it('says what is needed, what is there and where', () => {
    expect(() => requireFreeDisk('/some/where', 2.5e9, 'The download', 1.23e9)).toThrow(
      'The download needs 2.5 GB free at /some/where, which has 1.2 GB.',
    );
  });

  it('looks at the nearest folder that exists', () => {
    expect(() => requireFreeDisk('/tmp/not/there/yet', 1, 'This')).not.toThrow();
    expect(() => requireFreeDisk('/tmp/not/there/yet', 1e18, 'This')).toThrow(/GB free/);
  });
});

describe('requireFreePort', () => {
  it('refuses one that is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      }),
    );
    await expect(requireFreePort(port)).rejects.toMatchObject({ code: 'port_in_use' });
    await new Promise((resolve) => server.close(resolve));
    await expect(requireFreePort(port)).resolves.toBeUndefined();
  });
});

describe('the progress of a download', () => {
  it('shows size and share', () => expect(megabytes(312_400_000, 946_639_592)).toBe('312 of 947 MB, 33 %'));
});
