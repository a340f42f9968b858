import type { TestProject } from 'vitest/node';
import { startNode } from '../../src/elasticsearch/node/startNode.js';
import { testNode } from './testNode.js';

/** The Elasticsearch that the tests of this run use. */
export interface TestElasticsearch {
  readonly url: string;
  /** A superuser, or empty where ES_API_KEY is used. */
  readonly username: string;
  readonly password: string;
  readonly apiKey?: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    elasticsearch: TestElasticsearch;
  }
}

/** Tests in these folders need a node. */
const NEEDING_A_NODE = /\/test\/(elasticsearch|e2e|browser)\//;

/** Starts one secured node for the whole run, unless ES_URL names a cluster or no test of the run needs any. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const existing = fromEnvironment(process.env);
  if (existing) {
    project.provide('elasticsearch', existing);
    return undefined;
  }
  if (!(await needsNode(project))) return undefined;
  const node = await startNode({
    ...testNode(),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide('elasticsearch', { url: node.url, username: node.username, password: node.password });
  return () => node.stop();
}

function fromEnvironment(env: NodeJS.ProcessEnv): TestElasticsearch | undefined {
  const url = env['ES_URL'];
  if (!url) return undefined;
  const apiKey = env['ES_API_KEY'];
  const [username, password] = [env['ES_USERNAME'] ?? '', env['ES_PASSWORD'] ?? ''];
  if (!apiKey && !(username && password))
    throw new Error('ES_URL is set: set ES_API_KEY, or ES_USERNAME and ES_PASSWORD, of a superuser too.');
  return { url, username, password, ...(apiKey && { apiKey }) };
}

/** When watching, any test may be chosen later; and where vitest keeps its filters elsewhere, all files count. */
async function needsNode(project: TestProject): Promise<boolean> {
  const { vitest } = project;
  if (vitest.config.watch) return true;
  const filters: unknown = 'filenamePattern' in vitest ? vitest.filenamePattern : undefined;
  const { testFiles } = await project.globTestFiles(Array.isArray(filters) ? filters.map(String) : []);
  return testFiles.some((file) => NEEDING_A_NODE.test(file));
}
