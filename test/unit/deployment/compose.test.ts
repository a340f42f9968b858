import { existsSync, readFileSync } from 'node:fs';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packagePath } from '../../../src/config/packageRoot.js';
import { ARCHIVE } from '../../../src/elasticsearch/node/archive.js';

const read = (path: string) => readFileSync(packagePath(path), 'utf8');
const text = read('deployment/docker/compose.yaml');
const service = z.looseObject({
  image: z.string(),
  ports: z.array(z.string()).optional(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.unknown()).optional(),
  healthcheck: z.unknown().optional(),
});
const compose = z
  .looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown()) })
  .parse(load(text, { schema: YAML11_SCHEMA }));
const services = Object.entries(compose.services);

describe('deployment/docker/compose.yaml', () => {
  it('has the version of Elasticsearch that the tests run against, and the same of Kibana', () => {
    const version = ARCHIVE.elasticsearchVersion;
    expect(compose.services['elasticsearch']?.image).toBe(
      `docker.elastic.co/elasticsearch/elasticsearch:${version}`,
    );
    expect(compose.services['kibana']?.image).toBe(`docker.elastic.co/kibana/kibana:${version}`);
  });

  it('publishes ports on the loopback interface only', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports);
    expect(ports).toHaveLength(2);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('names services and volumes that exist', () => {
    for (const [, { depends_on = {}, volumes = [] }] of services) {
      for (const name of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(name);
      for (const volume of volumes.filter((volume) => !/^[$./]/.test(volume)))
        expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    }
  });

  it('watches over what stays up, and runs our own on a root file system that is read-only', () => {
    for (const name of ['elasticsearch', 'kibana', 'scorer', 'sidecar', 'triage'])
      expect(compose.services[name]?.healthcheck, name).toBeDefined();
    for (const name of ['setup', 'scorer', 'sidecar', 'triage', 'tool'])
      expect(compose.services[name]?.read_only, name).toBe(true);
  });

  it('gives scorer and triage worker their own key and no other credential, and the decision server none', () => {
    const described = (name: string) => JSON.stringify(compose.services[name]);
    for (const [part, other] of [
      ['scorer', 'triage'],
      ['triage', 'scorer'],
    ] as const) {
      expect(described(part)).not.toMatch(/PASSWORD|"keys:/);
      expect(described(part)).toContain(`${part}-key:/var/lib/ot-anomaly/${part}:ro`);
      expect(described(part)).not.toContain(`${other}-key`);
    }
    expect(described('sidecar')).not.toMatch(/PASSWORD|API_KEY|KEYS_FILE|keys?:\//);
  });

  it('lets nothing but the triage worker have the key of an LLM', () => {
    const holders = services.filter(([, one]) => JSON.stringify(one).includes('ANTHROPIC_API_KEY'));
    expect(holders.map(([name]) => name)).toEqual(['triage']);
  });
});

describe('deployment/docker/.env.example', () => {
  const example = new Map(
    [...read('deployment/docker/.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

  it('names every variable of compose.yaml and no other', () => {
    const used = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    expect([...example.keys()].sort()).toEqual([...new Set(used)].sort());
  });

  it('holds no secret', () => {
    for (const [, name = ''] of text.matchAll(/\$\{([A-Z_]+):\?/g)) expect(example.get(name), name).toBe('');
  });
});

describe('deployment/docker/Dockerfile', () => {
  it('copies every folder that the package ships, but for the documents', () => {
    const { files } = z.looseObject({ files: z.array(z.string()) }).parse(JSON.parse(read('package.json')));
    for (const folder of files.filter((name) => name !== 'docs'))
      expect(read('deployment/docker/Dockerfile')).toMatch(
        new RegExp(`^COPY (--from=build /app/)?${folder} \\./${folder}$`, 'm'),
      );
  });

  it('copies what is in the repository and let through by its ignore file', () => {
    const copied = [...read('deployment/docker/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources = '']) => sources.split(' ').map((source) => source.replace(/^\.\//, '')),
    );
    const allowed = read('deployment/docker/Dockerfile.dockerignore').split('\n');
    expect(copied.length).toBeGreaterThan(5);
    for (const source of copied) {
      expect(existsSync(packagePath(source)), source).toBe(true);
      expect(allowed).toContain(`!${source}`);
    }
  });
});
