import { describe, expect, it } from 'vitest';
import { cluster, testElasticsearch } from './cluster.js';

describe('the node of the tests', () => {
  it('is Elasticsearch 9.4.3', async () => {
    const info = await cluster().info();
    expect(info.version.number).toBe('9.4.3');
  });

  it('refuses an anonymous caller and a wrong password', async () => {
    const { url } = testElasticsearch();
    const anonymous = await fetch(url);
    expect(anonymous.status).toBe(401);
    const wrong = await fetch(url, { headers: { authorization: `Basic ${btoa('elastic:wrong')}` } });
    expect(wrong.status).toBe(401);
  });
});
