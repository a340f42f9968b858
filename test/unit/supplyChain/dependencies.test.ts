import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packagePath } from '../../../src/config/packageRoot.js';

const lock = z
  .looseObject({
    lockfileVersion: z.literal(3),
    packages: z.record(
      z.string(),
      z.looseObject({
        version: z.string().optional(),
        integrity: z.string().optional(),
        license: z.string().optional(),
        dev: z.boolean().optional(),
        hasInstallScript: z.boolean().optional(),
        dependencies: z.record(z.string(), z.string()).optional(),
        devDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(packagePath('package-lock.json'), 'utf8')));
const { '': root, ...packages } = lock.packages;
const installed = Object.entries(packages);
const shipped = installed.filter(([, { dev }]) => dev !== true);

/** Licences that ask for nothing but their notice, which each package carries. */
const PERMISSIVE = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense',
  'MIT OR Apache-2.0',
]);

/** Others, and why they may be shipped all the same. */
const LICENCES_READ: Readonly<Record<string, string>> = {
  'node_modules/@elastic/ecs': 'its licence file is that of Apache-2.0',
  'node_modules/argparse': "Python's licence, permissive",
  'node_modules/ical.js': 'MPL-2.0 asks for the sources of its own files, which are used unchanged',
};

describe('dependencies', () => {
  it('are pinned to one version each', () => {
    const ranges = { ...root?.dependencies, ...root?.devDependencies };
    expect(Object.keys(ranges).length).toBeGreaterThan(20);
    for (const [name, range] of Object.entries(ranges))
      expect(range, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });

  it('are held to their digests, wherever they are downloaded from', () => {
    for (const [path, { integrity }] of installed) expect(integrity, path).toMatch(/^sha512-/);
  });

  it('run no script of their own when the product is installed', () => {
    expect(
      shipped.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    ).toEqual([]);
  });

  it('bear licences that the product may be shipped with', () => {
    expect(shipped.length).toBeGreaterThan(50);
    for (const [path, { license }] of shipped.filter(([path]) => !(path in LICENCES_READ)))
      expect(PERMISSIVE, `${path}: ${license}`).toContain(license);
  });
});

describe('npm run sbom', () => {
  it('lists exactly what the product is installed with, in CycloneDX', async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
      cwd: packagePath('.'),
      maxBuffer: 64 * 1024 * 1024,
    });
    const { bomFormat, components } = z
      .looseObject({
        bomFormat: z.string(),
        components: z.array(z.looseObject({ purl: z.string() })),
      })
      .parse(JSON.parse(stdout));
    expect(bomFormat).toBe('CycloneDX');
    const purls = shipped.map(([path, { version }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `pkg:npm/${name.replace('@', '%40')}@${version}`;
    });
    expect(new Set(components.map(({ purl }) => purl.split('?')[0]))).toEqual(new Set(purls));
  });
});
