import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@elastic/elasticsearch';
import { afterEach, describe, expect, it } from 'vitest';
import { installTransform } from '../../../src/kibana/transform/installTransform.js';
import {
  NEWEST_WORD_INDEX,
  newestWordTemplate,
  newestWordTransform,
  TRANSFORM_ID,
} from '../../../src/kibana/transform/newestWord.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: unknown;
}

let stop = async () => {};
afterEach(() => stop());

/** An Elasticsearch with transforms, as its reference describes these endpoints; it remembers what was asked. */
async function elasticsearch(refusesTransform = false) {
  const asked: Asked[] = [];
  let installed: unknown;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString('utf8');
    const { method = '', url = '', headers } = request;
    const path = decodeURIComponent(new URL(url, 'http://node').pathname);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    asked.push({ method, path, authorization: headers.authorization ?? '', body });
    const transform = `/_transform/${TRANSFORM_ID}`;
    let [status, answer]: [number, unknown] = [200, { acknowledged: true }];
    if (method === 'GET' && path === transform)
      [status, answer] =
        installed === undefined
          ? [404, { error: { type: 'resource_not_found_exception' }, status: 404 }]
          : [200, { count: 1, transforms: [installed] }];
    if (method === 'PUT' && path === transform && refusesTransform)
      [status, answer] = [403, { error: { type: 'security_exception' }, status: 403 }];
    else if (method === 'PUT' && path === transform) installed = body;
    if (method === 'PUT' && path === '/_security/api_key')
      answer = { id: 'k', name: 'k', encoded: 'of-its-own' };
    response.writeHead(status, {
      'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
      'x-elastic-product': 'Elasticsearch',
    });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  const client = new Client({
    node: `http://127.0.0.1:${port}`,
    auth: { username: 'admin', password: 'secret' },
  });
  stop = async () => {
    await client.close();
    await new Promise((closed) => {
      server.close(closed);
    });
  };
  return { client, asked };
}

describe('the transform of the newest word', () => {
  it('is installed with a key of its own that may only read its streams and write its index, and started', async () => {
    const { client, asked } = await elasticsearch();
    expect(await installTransform(client)).toBe('created');
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /_transform/${TRANSFORM_ID}`,
      `PUT /_index_template/${NEWEST_WORD_INDEX}`,
      'DELETE /_security/api_key',
      'PUT /_security/api_key',
      `PUT /_transform/${TRANSFORM_ID}`,
      `POST /_transform/${TRANSFORM_ID}/_start`,
    ]);
    const [, , , key, put] = asked;
    expect(put?.authorization).toBe('ApiKey of-its-own');
    expect(put?.body).toMatchObject(newestWordTransform());
    const indices = [
      {
        names: ['logs-ot_anomaly.anomaly-*', 'logs-ot_anomaly.decision-*'],
        privileges: ['read', 'view_index_metadata'],
      },
      {
        names: [`${NEWEST_WORD_INDEX}-*`],
        privileges: ['read', 'index', 'create_index', 'view_index_metadata'],
      },
    ];
    expect(key?.body).toMatchObject({
      role_descriptors: { newest_word: { cluster: ['manage_transform'], indices } },
    });
  });

  it('is left alone where it is there already', async () => {
    const { client, asked } = await elasticsearch();
    await installTransform(client);
    asked.length = 0;
    expect(await installTransform(client)).toBe('unchanged');
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /_transform/${TRANSFORM_ID}`,
      `POST /_transform/${TRANSFORM_ID}/_start`,
    ]);
  });

  it('leaves no key behind where it is refused', async () => {
    const { client, asked } = await elasticsearch(true);
    await expect(installTransform(client)).rejects.toMatchObject({ code: 'forbidden' });
    expect(asked.at(-1)).toMatchObject({
      method: 'DELETE',
      path: '/_security/api_key',
      body: { ids: ['k'], owner: true },
    });
  });

  it('maps what both of its streams map, and neither grows nor writes into a stream', () => {
    const { index_patterns, template } = newestWordTemplate();
    expect(index_patterns).toEqual([`${NEWEST_WORD_INDEX}-*`]);
    expect(newestWordTransform().dest.index).toMatch(/^ot_anomaly_latest\.word-\d+$/);
    expect(template.mappings).toMatchObject({
      dynamic: false,
      properties: {
        event: { properties: { ingested: {}, risk_score: {} } },
        user: { properties: { name: {} } },
        ot_anomaly: { properties: { alert: {}, decision: {}, group: {}, relation: {} } },
      },
    });
  });
});
