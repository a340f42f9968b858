import { errors } from '@elastic/elasticsearch';
import { describe, expect, it } from 'vitest';
import { retriesOf } from '../../../src/elasticsearch/client.js';
import { ElasticsearchError, explaining, fromStatus, redact } from '../../../src/elasticsearch/errors.js';

describe('ElasticsearchError', () => {
  it('names the privilege that is missing', () => {
    const reason =
      'action [indices:data/write/bulk[s]] is unauthorized for API key id [x], this action is granted by the index privileges [create_doc,create,index,write,all]';
    const error = fromStatus(403, reason, 'writing');
    expect(error.code).toBe('forbidden');
    expect(error.advice).toContain('create_doc, create, index, write, all');
  });

  it.each([
    [401, 'unauthenticated'],
    [404, 'not_found'],
    [409, 'conflict'],
    [429, 'overloaded'],
    [503, 'overloaded'],
    [400, 'rejected'],
  ])('calls HTTP %i %s', (status, code) => {
    expect(fromStatus(status, 'reason', 'reading').code).toBe(code);
  });

  it('holds no secret', () => {
    const secrets = redact(
      'at https://elastic:hunter2@host:9200 with Authorization: ApiKey c2VjcmV0LWtleQ== and "password": "hunter3"',
    );
    expect(secrets).not.toMatch(/hunter2|hunter3|c2VjcmV0/);
    expect(redact('Basic authentication failed')).toBe('Basic authentication failed');
  });

  it('explains what the client throws and passes the rest', async () => {
    const lost = explaining('reading', () => Promise.reject(new errors.ConnectionError('ECONNREFUSED')));
    await expect(lost).rejects.toMatchObject({ code: 'unreachable' });
    await expect(lost).rejects.toBeInstanceOf(ElasticsearchError);
    const bug = new TypeError('a bug');
    await expect(explaining('reading', () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe('retriesOf', () => {
  it.each([
    ['GET', '/logs/_mapping', true],
    ['POST', '/logs/_search', true],
    ['POST', '/logs/_pit', true],
    ['POST', '/_bulk', false],
    ['PUT', '/logs/_create/1', false],
    ['POST', '/logs/_doc', false],
    ['POST', '/logs/_update_by_query', false],
  ])('%s %s is sent again: %s', (method, path, again) => {
    expect(retriesOf({ method, path }) > 0).toBe(again);
  });
});
