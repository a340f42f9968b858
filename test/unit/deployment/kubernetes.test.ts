import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildProgram } from '../../../src/commands/program.js';
import { packagePath, packageVersion } from '../../../src/config/packageRoot.js';

const folder = packagePath('deployment/kubernetes');
const labels = z.record(z.string(), z.string());
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: z.string(), scheme: z.literal('HTTPS').optional() }),
  periodSeconds: z.number(),
  timeoutSeconds: z.number().optional(),
  failureThreshold: z.number().optional(),
});
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  env: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().optional(),
      valueFrom: z.looseObject({}).optional(),
    }),
  ),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.strictObject({ requests: labels, limits: z.strictObject({ memory: z.string() }) }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true).optional() }),
  ),
});
const workload = z.object({
  apiVersion: z.literal('apps/v1'),
  kind: z.enum(['StatefulSet', 'Deployment']),
  metadata: z.looseObject({ name: z.string(), namespace: z.literal('ot-anomaly') }),
  spec: z.looseObject({
    replicas: z.number(),
    selector: z.strictObject({ matchLabels: labels }),
    template: z.strictObject({
      metadata: z.strictObject({ labels }),
      spec: z.strictObject({
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false),
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.looseObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.number().min(1),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z.array(container).length(1),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
    volumeClaimTemplates: z
      .array(z.looseObject({ metadata: z.strictObject({ name: z.string() }) }))
      .default([]),
  }),
});
const policy = z.object({
  kind: z.literal('NetworkPolicy'),
  spec: z.looseObject({
    podSelector: z.strictObject({ matchLabels: labels.optional() }),
    policyTypes: z.array(z.string()),
    ingress: z.array(z.unknown()).optional(),
    egress: z.array(z.unknown()).optional(),
  }),
});
const service = z.object({
  kind: z.literal('Service'),
  spec: z.looseObject({
    selector: labels,
    ports: z.array(z.looseObject({ targetPort: z.string() })),
  }),
});

const documents = readdirSync(folder).flatMap((name) => loadAll(readFileSync(join(folder, name), 'utf8')));
const ofKind = (...kinds: readonly string[]) =>
  documents.filter((one) => kinds.includes(z.looseObject({ kind: z.string() }).parse(one).kind));
const workloads = ofKind('StatefulSet', 'Deployment').map((one) => workload.parse(one));
const policies = ofKind('NetworkPolicy').map((one) => policy.parse(one));

describe('deployment/kubernetes', () => {
  it('has nothing but workloads, services and network policies', () => {
    expect(workloads.map(({ kind }) => kind).sort()).toEqual(['Deployment', 'StatefulSet']);
    expect(ofKind('StatefulSet', 'Deployment', 'Service', 'NetworkPolicy')).toHaveLength(documents.length);
  });

  it.each(workloads)('starts a command with options that there are ($metadata.name)', async ({ spec }) => {
    const { args, image } = spec.template.spec.containers[0] ?? { args: [], image: '' };
    const [name, ...rest] = args;
    const command = (await buildProgram()).commands.find((one) => one.name() === name);
    const known = command?.options.map(({ long }) => long);
    for (const option of rest.filter((arg) => arg.startsWith('--'))) expect(known).toContain(option);
    expect(image).toBe(`ot-anomaly-detector:${packageVersion()}`);
  });

  it.each(workloads)('mounts each volume that it has, and no other ($metadata.name)', ({ spec }) => {
    const { containers, volumes } = spec.template.spec;
    const made = [...volumes, ...spec.volumeClaimTemplates.map(({ metadata }) => metadata)];
    const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect(mounted.sort()).toEqual(made.map(({ name }) => name).sort());
  });

  it.each(workloads)('takes secrets from files, and from variables none ($metadata.name)', ({ spec }) => {
    const [one] = spec.template.spec.containers;
    for (const { name, valueFrom } of one?.env ?? []) {
      expect(name).not.toMatch(/(KEY|PASSWORD|TOKEN|SECRETS?)$(?<!_TLS_KEY)/);
      expect(JSON.stringify(valueFrom ?? '')).not.toContain('secretKeyRef');
    }
    const files = (one?.env ?? []).filter(({ name }) => /_(FILE|CERT|TLS_KEY)$/.test(name));
    for (const { value = '' } of files)
      expect(one?.volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`))).toBe(true);
  });

  it.each(workloads)(
    'gives $metadata.name a root of trust, which only the scorer may note things beside',
    ({ kind, spec }) => {
      const [one] = spec.template.spec.containers;
      const trust = one?.env.find(({ name }) => name === 'OT_ANOMALY_TRUST_FOLDER')?.value;
      const mount = one?.volumeMounts.find(({ mountPath }) => mountPath === trust);
      expect(mount?.readOnly ?? false).toBe(kind === 'Deployment');
    },
  );

  it('gives each pod of the scorer its own share, of as many as there are', () => {
    const scorer = workloads.find(({ kind }) => kind === 'StatefulSet');
    const env = scorer?.spec.template.spec.containers[0]?.env ?? [];
    const variable = (name: string) => env.find((one) => one.name === name);
    expect(variable('OT_ANOMALY_PARTITION')?.value).toBe('$(POD_INDEX)/$(PARTITIONS)');
    expect(Number(variable('PARTITIONS')?.value)).toBe(scorer?.spec.replicas);
    expect(JSON.stringify(variable('POD_INDEX'))).toContain('apps.kubernetes.io/pod-index');
    // A variable stands for what was defined before it.
    const names = env.map(({ name }) => name);
    expect(names.indexOf('OT_ANOMALY_PARTITION')).toBeGreaterThan(names.indexOf('PARTITIONS'));
    expect(names.indexOf('OT_ANOMALY_PARTITION')).toBeGreaterThan(names.indexOf('POD_INDEX'));
  });

  it('selects pods by labels that they have, and ports that they name', () => {
    const pods = workloads.map(({ spec }) => spec.template);
    const selected = (selector: Record<string, string>) =>
      pods.filter(({ metadata }) =>
        Object.entries(selector).every(([name, value]) => metadata.labels[name] === value),
      );
    for (const { spec } of workloads) expect(selected(spec.selector.matchLabels)).toHaveLength(1);
    for (const { spec } of ofKind('Service').map((one) => service.parse(one))) {
      const ports = selected(spec.selector).flatMap(({ spec: pod }) => pod.containers[0]?.ports ?? []);
      for (const { targetPort } of spec.ports) expect(ports.map(({ name }) => name)).toContain(targetPort);
    }
    for (const { spec } of policies)
      expect(selected(spec.podSelector.matchLabels ?? {}).length).toBeGreaterThan(0);
  });

  it('denies what no policy allows, and lets nothing out but to Elasticsearch and for names', () => {
    const all = policies.filter(({ spec }) => spec.podSelector.matchLabels === undefined);
    expect(all.map(({ spec }) => [spec.policyTypes, spec.ingress, spec.egress])).toEqual([
      [['Ingress', 'Egress'], undefined, undefined],
    ]);
    const out = policies.flatMap(({ spec }) => spec.egress ?? []);
    const ports = out.flatMap((rule) => z.looseObject({ ports: z.array(z.unknown()) }).parse(rule).ports);
    expect(ports).toEqual([
      { protocol: 'TCP', port: 9200 },
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ]);
  });
});
