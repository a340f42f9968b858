import { describe, expect, it } from 'vitest';
import { environmentOf, type RunPart, wantsTriage } from '../../../src/config/partEnvironments.js';

const given = {
  PATH: '/bin',
  ES_URL: 'https://localhost:9200',
  ES_API_KEY: 'of-an-administrator',
  ES_PASSWORD: 'of-an-administrator',
  OT_ANOMALY_KEYS_FILE: '/keys.json',
  OT_ANOMALY_NAMESPACE: 'north',
  OT_ANOMALY_PARTITION: '1/2',
  OT_ANOMALY_SIDECAR_PORT: '8686',
  OT_ANOMALY_SOAR_SECRETS: 'whsec_',
  AWS_SECRET_ACCESS_KEY: 'of-the-bucket',
  ANTHROPIC_API_KEY: 'of-the-llm',
  OT_ANOMALY_LLM_MODEL: 'm',
  OT_ANOMALY_KEY_PASSPHRASE: 'of-an-approver',
  SOMETHING_ELSE: 'of-somebody',
};
const readKey = (key: string) => `key-of-${key}`;
const PARTS: readonly RunPart[] = ['scorer', 'sidecar', 'triage'];

describe('the environment of a part', () => {
  it('holds its own key and none of the others’ secrets', () => {
    const secrets = ['of-an-administrator', 'of-an-approver', 'of-somebody', '/keys.json'];
    const own = { scorer: 'key-of-scorer', sidecar: 'key-of-soar', triage: 'key-of-triage' };
    for (const part of PARTS) {
      const env = environmentOf(part, given, readKey);
      const values = Object.values(env);
      expect(env['ES_API_KEY']).toBe(own[part]);
      for (const secret of secrets) expect(values, `${part}: ${secret}`).not.toContain(secret);
      for (const other of PARTS.filter((one) => one !== part)) expect(values).not.toContain(own[other]);
      expect(values.includes('of-the-llm')).toBe(part === 'triage');
      expect(values.includes('of-the-bucket')).toBe(part !== 'triage');
      expect(values.includes('whsec_')).toBe(part === 'sidecar');
      expect(env).toMatchObject({ ES_URL: given.ES_URL, OT_ANOMALY_NAMESPACE: 'north' });
    }
  });

  it('names the file of its key where there is one, and then no key stands in it', () => {
    const env = environmentOf('scorer', { ...given, OT_ANOMALY_RUN_SCORER_KEY_FILE: '/run/key' }, readKey);
    expect(env).toMatchObject({ ES_API_KEY_FILE: '/run/key', OT_ANOMALY_PARTITION: '1/2' });
    expect(env).not.toHaveProperty('ES_API_KEY');
    expect(env).not.toHaveProperty('OT_ANOMALY_RUN_SCORER_KEY_FILE');
  });

  it('of the decision server holds no key at all where there is no SOAR', () => {
    const { OT_ANOMALY_SOAR_SECRETS: _, ...without } = given;
    expect(environmentOf('sidecar', without, readKey)).not.toHaveProperty('ES_API_KEY');
  });
});

describe('the triage worker', () => {
  it('is wanted where there is an LLM to ask', () => {
    expect(wantsTriage({})).toBe(false);
    expect(wantsTriage({ ANTHROPIC_API_KEY: '' })).toBe(false);
    expect(wantsTriage({ ANTHROPIC_API_KEY_FILE: '/key' })).toBe(true);
    expect(wantsTriage({ OT_ANOMALY_LLM_URL: 'http://localhost', OT_ANOMALY_LLM: 'off' })).toBe(false);
  });
});
