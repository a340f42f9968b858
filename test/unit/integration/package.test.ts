import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OWNER_FORM, PROJECT_OWNER } from '../../../src/integration/manifest.js';
import { packageFiles } from '../../../src/integration/packageFiles.js';
import { packagedStreams } from '../../../src/integration/streams.js';
import { zip } from '../../../src/integration/zip.js';
import { savedObjects } from '../../../src/kibana/files.js';
import { RULES } from '../../../src/kibana/rules/index.js';
import { newestWordTransform } from '../../../src/kibana/transform/newestWord.js';
import { ecsProblems, mappingProblems } from '../../fixtures/ecs.js';
import { packagedFields, undefinedFields } from '../../fixtures/packagedFields.js';

const files = packageFiles();
const streams = packagedStreams();
const read = (path: string): string => {
  const text = files.get(path);
  if (text === undefined) throw new Error(`the package has no ${path}`);
  return text;
};
const yamlAt = (path: string): unknown => load(read(path), { maxAliases: 0 });
const within = (folder: string) => [...files.keys()].filter((path) => path.startsWith(folder));

const processorSchema = z.record(z.string(), z.looseObject({ tag: z.string().optional() }));
const pipelineSchema = z.looseObject({
  description: z.string().min(1),
  processors: z.array(processorSchema).min(1),
  on_failure: z.array(processorSchema).min(1),
});

it('says what it is, for which Kibana, and needs no paid licence', () => {
  expect(yamlAt('manifest.yml')).toMatchObject({
    format_version: expect.stringMatching(/^3\./),
    name: 'ot_anomaly',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    type: 'integration',
    conditions: { kibana: { version: '^8.18.0 || ^9.0.0' }, elastic: { subscription: 'basic' } },
    policy_templates: [{ inputs: [{ type: 'filestream' }] }],
    owner: { github: PROJECT_OWNER, type: 'community' },
  });
  expect(load(packageFiles('an-org/a-team').get('manifest.yml') ?? '')).toMatchObject({
    owner: { github: 'an-org/a-team', type: 'community' },
  });
  expect(PROJECT_OWNER).toMatch(OWNER_FORM);
  const { icons } = z.object({ icons: z.array(z.object({ src: z.string() })) }).parse(yamlAt('manifest.yml'));
  for (const { src } of icons) expect(read(src.slice(1))).toMatch(/^<svg /);
  const [newest] = z.array(z.object({ version: z.string() })).parse(yamlAt('changelog.yml'));
  expect(newest?.version).toBe(z.object({ version: z.string() }).parse(yamlAt('manifest.yml')).version);
});

it('makes the same bytes each time', () => {
  expect(zip(packageFiles()).equals(zip(files))).toBe(true);
});

it('makes a ZIP file that other software reads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-package-'));
  try {
    writeFileSync(join(folder, 'package.zip'), zip(files));
    execFileSync('unzip', ['-q', 'package.zip', '-d', 'out'], { cwd: folder });
    const listed = execFileSync('find', ['out', '-type', 'f', '-printf', '%P\n'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(listed.trim().split('\n').sort()).toEqual([...files.keys()].sort());
    const [path = ''] = within('kibana/dashboard/');
    const text = execFileSync('cat', [join('out', path)], { cwd: folder, encoding: 'utf8' });
    expect(text).toBe(read(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.each(streams.map((stream) => [stream.folder, stream] as const))(
  'data stream %s',
  (folder, stream) => {
    const fields = packagedFields(files, folder);
    const base = `data_stream/${folder}`;
    const pipelines = within(`${base}/elasticsearch/ingest_pipeline/`);

    it('is named for its stream, maps nothing by itself, and sets no pipeline that Fleet would set', () => {
      expect(yamlAt(`${base}/manifest.yml`)).toMatchObject({
        title: expect.stringMatching(/\w/),
        type: stream.type,
        dataset: stream.dataset,
        elasticsearch: { index_template: { mappings: { dynamic: false } } },
      });
      expect(read(`${base}/manifest.yml`)).not.toMatch(/_pipeline:/);
    });

    it('defines each field once, in words, and fields of ECS as ECS does', () => {
      const ecs = new Map([...fields].map(([name, { type }]) => [name, type]));
      for (const name of ['type', 'dataset', 'namespace']) {
        expect(ecs.get(`data_stream.${name}`)).toBe('constant_keyword');
      }
      const own = z.array(z.object({ name: z.string() })).parse(yamlAt(`${base}/fields/fields.yml`));
      for (const { name } of own) ecs.delete(name);
      expect(mappingProblems(ecs)).toEqual([]);
      expect(ecs.size + own.length).toBe(fields.size);
    });

    it('has pipelines with tags, failure handlers, and calls of their own', () => {
      expect(pipelines).toContain(`${base}/elasticsearch/ingest_pipeline/default.yml`);
      for (const path of pipelines) {
        const { processors, on_failure } = pipelineSchema.parse(yamlAt(path));
        const all = [...processors, ...on_failure].flatMap((entry) => Object.values(entry));
        const tags = all.map(({ tag }) => tag);
        expect(tags.every((tag) => tag !== undefined)).toBe(true);
        expect(new Set(tags).size).toBe(tags.length);
        expect(all).toContainEqual(expect.objectContaining({ field: 'event.kind', value: 'pipeline_error' }));
        const message = all.find(({ ['field']: field }) => field === 'error.message')?.['value'];
        for (const part of [
          '_ingest.on_failure_processor_type',
          '_ingest.on_failure_processor_tag',
          '_ingest.pipeline',
          '_ingest.on_failure_message',
        ])
          expect(message).toContain(part);
        for (const entry of [...processors, ...on_failure]) {
          const called = z.object({ pipeline: z.object({ name: z.string() }) }).safeParse(entry);
          if (!called.success) continue;
          const name = /^\{\{ IngestPipeline "(\w+)" \}\}$/.exec(called.data.pipeline.name)?.[1];
          expect(files.has(`${base}/elasticsearch/ingest_pipeline/${name}.yml`), path).toBe(true);
        }
      }
    });

    it('has a sample event whose every field it defines, with values that ECS allows', () => {
      const sample = z.record(z.string(), z.unknown()).parse(JSON.parse(read(`${base}/sample_event.json`)));
      expect(undefinedFields(sample, fields)).toEqual([]);
      expect(ecsProblems(sample)).toEqual([]);
    });

    it('is read by Elastic Agent if Zeek writes it, and by nobody else', () => {
      const agent = files.get(`${base}/agent/stream/filestream.yml.hbs`);
      expect(agent !== undefined).toBe(stream.log !== undefined);
      if (stream.log !== undefined)
        expect(read(`${base}/manifest.yml`)).toContain(`/opt/zeek/logs/current/${stream.log}.log`);
    });

    it('stands in the documentation with every field', () => {
      const docs = read('docs/README.md');
      for (const name of fields.keys()) expect(docs).toContain(`| ${name} |`);
    });
  },
);

describe('the optional transform', () => {
  const base = 'elasticsearch/transform/newest_word';
  const list = z.array(z.looseObject({ name: z.string(), type: z.string() }));
  const [ecs, own] = ['ecs', 'fields'].map((name) => list.parse(yamlAt(`${base}/fields/${name}.yml`)));

  it('is the one that the command installs, waits to be started, and runs with the rights of who installs it', () => {
    expect(yamlAt(`${base}/manifest.yml`)).toMatchObject({ start: false });
    expect(yamlAt(`${base}/transform.yml`)).toMatchObject({
      ...newestWordTransform(),
      _meta: { run_as_kibana_system: false },
    });
  });

  it('defines each field of both of its streams once, none of them constant', () => {
    const names = [...(ecs ?? []), ...(own ?? [])].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const folder of ['anomaly', 'decision'])
      for (const name of packagedFields(files, folder).keys()) expect(names).toContain(name);
    expect([...(ecs ?? []), ...(own ?? [])].some(({ type }) => type === 'constant_keyword')).toBe(false);
  });
});

describe('Kibana’s assets', () => {
  const assetSchema = z.object({
    id: z.string(),
    type: z.string(),
    attributes: z.record(z.string(), z.unknown()),
    references: z.array(z.object({ type: z.string(), id: z.string() })),
  });
  const assets = within('kibana/').map((path) => ({ path, ...assetSchema.parse(JSON.parse(read(path))) }));

  it('are all objects and rules, each in a file of its name in the folder of its type', () => {
    expect(assets).toHaveLength(savedObjects().length + RULES.length);
    for (const { path, id, type } of assets)
      expect(path).toBe(`kibana/${type.replaceAll('-', '_')}/${id}.json`);
  });

  it('refer to nothing that the package lacks, and bear its name', () => {
    const known = new Set(assets.map(({ type, id }) => `${type}:${id}`));
    for (const { type, id, references } of assets) {
      for (const reference of references) expect(known).toContain(`${reference.type}:${reference.id}`);
      if (type !== 'security-rule') expect(id).toMatch(/^ot_anomaly-/);
    }
  });

  it('bring no rule that is on or acts', () => {
    for (const { type, attributes } of assets)
      if (type === 'security-rule') {
        expect(attributes).not.toHaveProperty('enabled');
        expect(attributes).not.toHaveProperty('actions');
      }
  });
});

it('links to where the software is found, to ATT&CK and to what samples name, and loads nothing', () => {
  const found = [...files].flatMap(([path, text]) =>
    path === 'LICENSE.txt' ? [] : (text.match(/https?:\/\/[^\s"'`\\)|}]+/g) ?? []),
  );
  const hosts = new Set(found.map((address) => new URL(address).host));
  expect(hosts).toEqual(
    new Set(['www.npmjs.com', 'attack.mitre.org', 'localhost:8080', 'soar.example', 'www.w3.org']),
  );
  for (const text of files.values()) expect(text).not.toMatch(/!\[[^\]]*\]\(|<img|<script/);
});
