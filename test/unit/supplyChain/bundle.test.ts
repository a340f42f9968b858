import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath, packageVersion } from '../../../src/config/packageRoot.js';
import { newKeyFile } from '../../../src/governance/signing/keyFile.js';

const folder = mkdtempSync(join(tmpdir(), 'ot-anomaly-bundle-test-'));
const version = packageVersion();
const unpacked = join(folder, `ot-anomaly-detector-${version}-offline`);
const prefix = join(folder, 'installed');
const program = join(prefix, 'bin/ot-anomaly');
let publicKey: string;
let first: { readonly archive: string; readonly sha256: string };

/** A network namespace with nothing in it, where this machine lets us have one. */
const CUT_OFF = [
  ['unshare', '-n'],
  ['unshare', '-rn'],
].find(([command = '', ...args]) => spawnSync(command, [...args, 'true']).status === 0);
if (CUT_OFF === undefined)
  process.stderr.write(
    'no network namespace to be had here: the bundle is installed with the network in reach\n',
  );

function runCutOff(...command: readonly string[]) {
  const [name = '', ...args] = [...(CUT_OFF ?? []), ...command];
  return spawnSync(name, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } });
}

const install = (bundle: string, key = publicKey) =>
  runCutOff('bash', join(unpacked, 'install.sh'), '--key', key, '--prefix', prefix, bundle);

function makeBundle(out: string): typeof first {
  const args = ['scripts/bundle.mjs', '--key', join(folder, 'signing.key'), '--out', join(folder, out)];
  const made = spawnSync(process.execPath, args, { cwd: packagePath('.'), encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
  return JSON.parse(made.stdout);
}

beforeAll(() => {
  publicKey = newKeyFile(join(folder, 'signing.key'));
  first = makeBundle('first');
  expect(spawnSync('tar', ['-xf', first.archive, '-C', folder]).status).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the bundle in which something was changed. */
function tampered(name: string, change: (copy: string) => void): string {
  const copy = join(folder, name);
  cpSync(unpacked, copy, { recursive: true });
  change(copy);
  return copy;
}

describe('the offline bundle', () => {
  it('has the same bytes when it is made again', () => {
    expect(makeBundle('second').sha256).toBe(first.sha256);
  }, 120_000);

  it('holds the SBOM and the table of ATT&CK', () => {
    const read = (name: string) => JSON.parse(readFileSync(join(unpacked, name), 'utf8'));
    expect(read('sbom.cdx.json').components.length).toBeGreaterThan(50);
    expect(read('attack-ics.json').techniques.programDownload).toMatchObject({ id: 'T0843' });
  });

  it('is installed without a network, and the program runs there', () => {
    const { status, stderr } = install(unpacked);
    expect(status, stderr).toBe(0);
    const { stdout } = runCutOff(program, '--version');
    expect(stdout.trim()).toBe(version);
    const simulated = runCutOff(
      program,
      ...['simulate', '--out', join(folder, 'logs'), '--plcs', '1', '--days', '1'],
      ...['--observe-seconds-per-hour', '1'],
    );
    expect(simulated.status, simulated.stderr).toBe(0);
  }, 60_000);

  it('is updated beside what is in use, which stays to go back to', () => {
    const before = realpathSync(join(prefix, 'current'));
    const old = join(prefix, 'releases', '0.0.9-before');
    mkdirSync(old);
    spawnSync('ln', ['-sfn', 'releases/0.0.9-before', join(prefix, 'current')]);
    const { status, stdout } = install(unpacked);
    expect(status).toBe(0);
    expect(stdout).toContain('is installed already');
    expect(realpathSync(join(prefix, 'current'))).toBe(before);
    expect(realpathSync(old)).toBe(realpathSync(join(prefix, 'releases', '0.0.9-before')));
  });

  it.each<[string, (copy: string) => void, RegExp]>([
    [
      'a file that was changed',
      (copy) => appendFileSync(join(copy, 'dependencies.tar.gz'), 'x'),
      /dependencies\.tar\.gz: its SHA-256/,
    ],
    ['a file that was added', (copy) => writeFileSync(join(copy, 'more'), ''), /not in the manifest: more/],
    [
      'a manifest that was changed',
      (copy) => {
        const path = join(copy, 'manifest.dsse.json');
        const envelope = JSON.parse(readFileSync(path, 'utf8'));
        const payload = Buffer.from(envelope.payload, 'base64')
          .toString()
          .replace(/[0-9a-f]{64}/, '0'.repeat(64));
        writeFileSync(
          path,
          JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') }),
        );
      },
      /no signature of the given key verifies/,
    ],
  ])('is refused with %s, and what is in use stays', (name, change, why) => {
    const before = realpathSync(join(prefix, 'current'));
    const { status, stderr } = install(tampered(name.replaceAll(' ', '-'), change));
    expect(status).toBe(1);
    expect(stderr).toMatch(why);
    expect(realpathSync(join(prefix, 'current'))).toBe(before);
  });

  it('is refused with another key than the one that signed', () => {
    const other = newKeyFile(join(folder, 'other.key'));
    const { status, stderr } = install(unpacked, other);
    expect(status).toBe(1);
    expect(stderr).toMatch(/no signature of the given key verifies/);
  });
});
