import { randomBytes } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { inject } from 'vitest';
import type { TestElasticsearch } from './globalSetup.js';

/** Address and superuser of the Elasticsearch of this test run. */
export function testElasticsearch(): TestElasticsearch {
  const elasticsearch = inject('elasticsearch') as TestElasticsearch | undefined;
  if (elasticsearch) return elasticsearch;
  throw new Error('No node was started for this test file: put it under test/elasticsearch or test/e2e.');
}

/** A client as the superuser. */
export function cluster(): Client {
  const { url, username, password, apiKey } = testElasticsearch();
  return new Client({ node: url, auth: apiKey ? { apiKey } : { username, password } });
}

/** A data stream namespace that no other test has: this build cannot delete data streams. */
export function uniqueNamespace(prefix = 't'): string {
  return `${prefix}${randomBytes(6).toString('hex')}`;
}
