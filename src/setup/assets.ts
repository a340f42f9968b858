import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import { packagePath } from '../config/packageRoot.js';

/** Marks what set-up made, so that it can tell its own from the site's, and old from new. */
export const MANAGED_BY = 'ot-anomaly-detector';

/** A file of `ingest-pipelines/` or `index-templates/`: what to install under which name. */
export interface Asset {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** of the body, to see whether the cluster holds this very version */
  readonly sha256: string;
}

const roleSchema = z.strictObject({
  description: z.string(),
  /** true: a native user of the same name exists for a part of the system, with an API key of its own */
  service_user: z.boolean(),
  cluster: z.array(z.string()),
  indices: z.array(
    z.strictObject({ names: z.array(z.string()).min(1), privileges: z.array(z.string()).min(1) }),
  ),
});

/** A file of `policies/roles/`. */
export interface Role extends z.infer<typeof roleSchema> {
  readonly name: string;
  readonly sha256: string;
  /** index patterns of source rows that were put in place of the file's; see sourceRights.ts */
  readonly sources?: readonly string[];
}

export const pipelines = (): readonly Asset[] => readFolder('ingest-pipelines');
export const componentTemplates = (): readonly Asset[] => readFolder('index-templates/components');
export const indexTemplates = (): readonly Asset[] => readFolder('index-templates');

/** @throws {ZodError} if a role file has an unknown key or lacks one */
export function roles(): readonly Role[] {
  return readFolder('policies/roles').map(({ name, body, sha256 }) => ({
    ...roleSchema.parse(body),
    name,
    sha256,
  }));
}

function readFolder(folder: string): readonly Asset[] {
  const path = packagePath(folder);
  return readdirSync(path)
    .filter((file) => file.endsWith('.yml'))
    .sort()
    .map((file) => {
      const body = z
        .record(z.string(), z.unknown())
        .parse(load(readFileSync(join(path, file), 'utf8'), { maxAliases: 0 }));
      const sha256 = createHash('sha256').update(JSON.stringify(body)).digest('hex');
      return { name: basename(file, '.yml'), body, sha256 };
    });
}
