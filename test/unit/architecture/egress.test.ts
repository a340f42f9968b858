import { describe, expect, it } from 'vitest';
import { sourceFiles } from './sources.js';

const files = sourceFiles();

/** What can open a connection to another host, or listen for one. */
const NETWORK_MODULES =
  /^(node:)?(net|tls|http|https|http2|dgram|dns|dns\/promises)$|^(undici|ws|axios|got|node-fetch|nodemailer)$|^(@elastic\/elasticsearch|@elastic\/transport|@anthropic-ai\/sdk|@aws-sdk\/.*|@smithy\/.*)(\/|$)/;
const NETWORK_GLOBALS = /\bfetch\(|\bnew WebSocket\(|\bnew EventSource\(/;

/** Every file that can reach the network, and where to. All the others can't. None speaks to a controller. */
const NETWORK: Readonly<
  Record<
    string,
    'Elasticsearch' | 'Kibana' | 'LLM' | 'webhooks' | 'syslog' | 'bucket' | 'listens' | 'addresses'
  >
> = {
  'anomaly/assetContext.ts': 'addresses',
  'config/llm.ts': 'addresses',
  'evaluation/labels.ts': 'addresses',
  'triage/pseudonyms.ts': 'addresses',
  'config/sidecar.ts': 'addresses',
  'maintenance/window.ts': 'addresses',
  'elasticsearch/boundary.ts': 'Elasticsearch',
  'elasticsearch/client.ts': 'Elasticsearch',
  'elasticsearch/errors.ts': 'Elasticsearch',
  'elasticsearch/pointInTime.ts': 'Elasticsearch',
  'elasticsearch/readiness.ts': 'Elasticsearch',
  'kibana/transform/installTransform.ts': 'Elasticsearch',
  'setup/lockIndex.ts': 'Elasticsearch',
  'setup/parts.ts': 'Elasticsearch',
  'setup/streams.ts': 'Elasticsearch',
  'elasticsearch/node/awaitReady.ts': 'Elasticsearch',
  'elasticsearch/node/freePort.ts': 'listens',
  'sidecar/listen.ts': 'listens',
  'metrics/statusServer.ts': 'listens',
  'sidecar/soar/deliver.ts': 'webhooks',
  'registry/auditAnchor.ts': 'syslog',
  'registry/bucket/s3Store.ts': 'bucket',
  'kibana/install/kibanaClient.ts': 'Kibana',
  'llm/boundedFetch.ts': 'LLM',
  'llm/messagesApi.ts': 'LLM',
};

describe('the network', () => {
  it('is reached from the files that are listed here, and from no others', () => {
    const found = files.filter(
      ({ text, imports }) => NETWORK_GLOBALS.test(text) || imports.some((name) => NETWORK_MODULES.test(name)),
    );
    expect(found.map(({ path }) => path)).toEqual(Object.keys(NETWORK).sort());
  });

  it('is not touched by files that only judge addresses', () => {
    for (const [path, reason] of Object.entries(NETWORK)) {
      if (reason !== 'addresses') continue;
      const text = files.find((file) => file.path === path)?.text ?? '';
      expect(NETWORK_GLOBALS.test(text), path).toBe(false);
      const named = /import \{([^}]*)\} from 'node:net'/.exec(text)?.[1]?.split(',') ?? [];
      for (const name of named)
        expect(['isIP', 'isIPv4', 'isIPv6', 'BlockList'], `${path}: ${name}`).toContain(name.trim());
    }
  });
});
