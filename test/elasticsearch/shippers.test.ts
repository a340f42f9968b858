import { readFileSync } from 'node:fs';
import type { Client } from '@elastic/elasticsearch';
import { CORE_SCHEMA, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packagePath } from '../../src/config/packageRoot.js';
import { componentTemplates, indexTemplates, pipelines } from '../../src/setup/assets.js';
import { installComponentTemplate, installIndexTemplate, installPipeline } from '../../src/setup/install.js';
import { ensureStream, streamNames } from '../../src/setup/streams.js';
import { KNOWN_LOGS } from '../../src/zeek/logTypes.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { clientWith, keyOf } from './installAssets.js';

const namespace = uniqueNamespace('sh');
const index = `logs-ot_zeek.modbus-${namespace}`;
const admin: Client = cluster();
let shipper: Client;

beforeAll(async () => {
  for (const asset of pipelines()) await installPipeline(admin, asset);
  for (const asset of componentTemplates()) await installComponentTemplate(admin, asset);
  for (const asset of indexTemplates()) await installIndexTemplate(admin, asset);
  await ensureStream(admin, index);
  shipper = clientWith(await keyOf('ot_anomaly_shipper'));
});
afterAll(async () => {
  await shipper.close();
  await admin.close();
});

const text = (name: string) => readFileSync(packagePath(`shippers/${name}`), 'utf8');
const LINE =
  '{"ts":1772553191.209496,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":5000,"id.resp_h":"10.0.0.2","id.resp_p":502,"unit":1,"func":"READ_COILS","pdu_type":"REQ"}';
const NOW = '2026-03-03T16:00:00.000Z';
const COMMON = {
  '@timestamp': NOW,
  message: LINE,
  observer: { name: 'north' },
  log: { file: { path: '/opt/zeek/logs/current/modbus.log' }, offset: 0 },
};

/** What each of them puts into a bulk of one line, after its own documentation. */
const EVENTS = {
  filebeat: {
    ...COMMON,
    ecs: { version: '8.0.0' },
    host: { name: 'sensor' },
    agent: { type: 'filebeat', version: '9.1.0', name: 'sensor', id: 'a', ephemeral_id: 'b' },
    input: { type: 'filestream' },
  },
  agent: {
    ...COMMON,
    ecs: { version: '8.0.0' },
    data_stream: { type: 'logs', dataset: 'ot_zeek.modbus', namespace },
    event: { dataset: 'ot_zeek.modbus' },
    elastic_agent: { id: 'a', version: '9.1.0', snapshot: false },
    agent: { type: 'filebeat', version: '9.1.0', name: 'sensor', id: 'a', ephemeral_id: 'b' },
    input: { type: 'filestream' },
  },
  logstash: { ...COMMON, data_stream: { type: 'logs', dataset: 'ot_zeek.modbus', namespace } },
} as const;

const filebeat = z.object({
  'filebeat.inputs': z.array(z.object({ id: z.string(), paths: z.array(z.string()), index: z.string() })),
  'output.elasticsearch': z.object({ api_key: z.string().regex(/^\$\{SHIPPER_KEY\}$/) }),
});
const agent = z.object({
  outputs: z.object({ default: z.object({ api_key: z.string().regex(/^\$\{env\.SHIPPER_KEY\}$/) }) }),
  inputs: z.array(
    z.object({
      streams: z.array(
        z.object({
          id: z.string(),
          paths: z.array(z.string()),
          data_stream: z.object({ type: z.literal('logs'), dataset: z.string() }),
        }),
      ),
    }),
  ),
});
const known = [...KNOWN_LOGS].sort();

describe('the configurations for shippers', () => {
  it('send every log that we know to a stream that set-up makes, with Filebeat', () => {
    const { 'filebeat.inputs': inputs } = filebeat.parse(load(text('filebeat.yml'), { schema: CORE_SCHEMA }));
    const logs = inputs.map(({ paths }) => /([a-z0-9_]+)\.log$/.exec(paths[0] ?? '')?.[1] ?? '');
    expect([...logs].sort()).toEqual(known);
    for (const [i, { id, index: stream }] of inputs.entries()) {
      expect(id).toBe(`zeek-${logs[i]}`);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Filebeat's own syntax
      expect(stream).toBe('logs-ot_zeek.LOG-${NAMESPACE:default}'.replace('LOG', logs[i] ?? ''));
      expect(streamNames('x')).toContain(`logs-ot_zeek.${logs[i]}-x`);
    }
  });

  it('do so with Elastic Agent and with Logstash', () => {
    const streams = agent
      .parse(load(text('elastic-agent.yml'), { schema: CORE_SCHEMA }))
      .inputs.flatMap((input) => input.streams);
    expect(streams.map(({ data_stream }) => data_stream.dataset.replace('ot_zeek.', '')).sort()).toEqual(
      known,
    );
    for (const { paths, data_stream } of streams)
      expect(paths[0]).toContain(`/${data_stream.dataset.replace('ot_zeek.', '')}.log`);
    const logstash = text('logstash/ot-anomaly.conf');
    expect((/\(\?<zeek_log>([^)]+)\)/.exec(logstash)?.[1] ?? '').split('|').sort()).toEqual(known);
    expect(logstash.split('{').length).toBe(logstash.split('}').length);
  });

  it.each(Object.entries(EVENTS))(
    'give rows that the pipeline parses, with the key of shippers alone: %s',
    async (name, event) => {
      expect((await shipper.info()).version.number).toMatch(/^\d/);
      const send = () => shipper.bulk({ operations: [{ create: { _index: index, _id: name } }, event] });
      expect((await send()).items[0]?.create?.status).toBe(201);
      expect((await send()).items[0]?.create?.status).toBe(409); // sent again after a lost answer
      await admin.indices.refresh({ index });
      const { hits } = await admin.search({ index, query: { ids: { values: [name] } } });
      expect(hits.hits[0]?._source).toMatchObject({
        '@timestamp': '2026-03-03T15:53:11.209Z',
        event: { kind: 'event', dataset: 'ot_zeek.modbus' },
        data_stream: { dataset: 'ot_zeek.modbus', namespace },
        observer: { name: 'north' },
        source: { ip: '10.0.0.1' },
        zeek: { session_id: 'C1', ts: 1772553191.209496, modbus: { func: 'READ_COILS', unit: 1 } },
      });
      await expect(shipper.search({ index })).rejects.toThrow(/unauthorized/);
      await expect(
        shipper.index({ index: `logs-ot_anomaly.decision-${namespace}`, document: {} }),
      ).rejects.toThrow(/unauthorized/);
    },
  );
});
