import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/configError.js';
import { connectionFor } from '../../../src/config/connection.js';

const ES_URL = 'https://es.example:9200/';

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name }) => name);
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe('connectionFor', () => {
  it('prefers the API key, then the user, then the key that set-up wrote', () => {
    const key = { ES_API_KEY: 'a2V5' };
    const user = { ES_USERNAME: 'u', ES_PASSWORD: 'p' };
    const read = (part: string) => `${part}-key`;
    expect(connectionFor({ ES_URL, ...key, ...user }, 'ingest', read).credential).toEqual({
      kind: 'apiKey',
      encoded: 'a2V5',
    });
    expect(connectionFor({ ES_URL, ...user }, 'ingest', read).credential).toEqual({
      kind: 'basic',
      username: 'u',
      password: 'p',
    });
    expect(connectionFor({ ES_URL }, 'ingest', read).credential).toEqual({
      kind: 'apiKey',
      encoded: 'ingest-key',
    });
  });

  it('encodes the two halves of a key and drops the trailing slash of the address', () => {
    const connection = connectionFor({ ES_URL, ES_API_KEY: 'id:secret' }, 'ingest');
    expect(connection).toEqual({
      url: 'https://es.example:9200',
      credential: { kind: 'apiKey', encoded: Buffer.from('id:secret').toString('base64') },
    });
    expect(Object.isFrozen(connection)).toBe(true);
  });

  it('counts an empty variable as unset', () => {
    expect(problemsOf(() => connectionFor({ ES_URL: '', ES_API_KEY: ' ' }, 'ingest'))).toEqual([
      'ES_URL',
      'ES_API_KEY',
    ]);
  });

  it('reports every problem at once, by name and without the value', () => {
    const env = { ES_URL: 'ftp://user:hunter2@host', ES_USERNAME: 'only-half' };
    expect(problemsOf(() => connectionFor(env, 'ingest'))).toEqual(['ES_URL', 'ES_URL', 'ES_PASSWORD']);
    expect(() => connectionFor(env, 'ingest')).not.toThrow(/hunter2/);
  });

  it('refuses an API key that could break out of its header', () => {
    expect(problemsOf(() => connectionFor({ ES_URL, ES_API_KEY: 'abc\nX: y' }, 'ingest'))).toEqual([
      'ES_API_KEY',
    ]);
  });
});
