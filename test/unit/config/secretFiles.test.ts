import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connectionFor } from '../../../src/config/connection.js';
import { llmSettings } from '../../../src/config/llm.js';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('a secret in a file', () => {
  it('is read as if it stood in the environment, without the line break at its end', () => {
    const env = { ES_URL: 'http://localhost:9200', ES_API_KEY_FILE: file('key', 'c2VjcmV0\n') };
    expect(connectionFor(env, 'scorer').credential).toEqual({ kind: 'apiKey', encoded: 'c2VjcmV0' });
    const llm = llmSettings({ ANTHROPIC_API_KEY_FILE: file('llm', 'sk-test') });
    expect(llm.apiKey).toBe('sk-test');
  });

  it('is one source, not a second one', () => {
    const env = { ES_URL: 'http://localhost:9200', ES_API_KEY: 'a', ES_API_KEY_FILE: file('both', 'b') };
    expect(() => connectionFor(env, 'scorer')).toThrow(/ES_API_KEY_FILE.*so is ES_API_KEY/);
  });

  it.each([
    ['that is not there', join(folder, 'none'), /ES_API_KEY_FILE.*can't be read/],
    ['that is empty', file('empty', ' \n'), /ES_API_KEY_FILE.*is empty/],
    [
      'that is no secret',
      file('large', 'x'.repeat(70_000)),
      /ES_API_KEY_FILE.*70000 bytes; expected at most/,
    ],
  ])('%s is named, with what was expected', (_, path, message) => {
    const given = () => connectionFor({ ES_URL: 'http://localhost:9200', ES_API_KEY_FILE: path }, 'scorer');
    expect(given).toThrow(message);
  });
});
