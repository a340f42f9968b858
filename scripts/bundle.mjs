// Makes a bundle for sites without a network: `npm run bundle -- --key signing.key [--out folder]`, after `npm ci`.
//
// ot-anomaly-detector-<version>-offline.tar holds the package, what it depends on in production, the SBOM, the table of
// ATT&CK techniques, and the manifest of their SHA-256, signed in a DSSE envelope (Ed25519, as `ot-anomaly key new` makes
// keys). The same input gives the same bytes: names are sorted, owners and times are fixed, and Ed25519 has no dice.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TECHNIQUES } from '../dist/anomaly/attackIcs.js';
import { addSignature, unsignedEnvelope } from '../dist/governance/signing/dsse.js';
import { openKeyFile } from '../dist/governance/signing/keyFile.js';
import { sha256 } from '../dist/registry/digest.js';

const PAYLOAD_TYPE = 'application/vnd.ot-anomaly.bundle+json';
const NOTICE =
  '© The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.';
const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { key: { type: 'string' }, out: { type: 'string', default: '.' } },
});
if (values.key === undefined) {
  process.stderr.write('usage: npm run bundle -- --key <Ed25519 key file> [--out <folder>]\n');
  process.exit(2);
}
const signer = openKeyFile(values.key, process.env.OT_ANOMALY_KEY_PASSPHRASE);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `ot-anomaly-detector-${version}-offline`;
const work = mkdtempSync(join(tmpdir(), 'ot-anomaly-bundle-'));
try {
  const folder = join(work, name);
  mkdirSync(folder);
  packProduct(folder);
  packDependencies(folder);
  writeFileSync(join(folder, 'attack-ics.json'), json({ notice: NOTICE, techniques: TECHNIQUES }));
  writeFileSync(join(folder, 'sbom.cdx.json'), json(sbom()));
  for (const file of ['install.sh', 'verify.mjs'])
    cpSync(join(root, 'deployment/offline', file), join(folder, file));
  const files = readdirSync(folder)
    .sort()
    .map((file) => ({ file, sha256: sha256(readFileSync(join(folder, file))) }));
  const manifest = Buffer.from(json({ name: 'ot-anomaly-detector', version, files }));
  const envelope = await addSignature(unsignedEnvelope(PAYLOAD_TYPE, manifest), signer);
  writeFileSync(join(folder, 'manifest.dsse.json'), json(envelope));
  mkdirSync(values.out, { recursive: true });
  const archive = join(values.out, `${name}.tar`);
  pack(archive, work, [name]);
  const digest = sha256(readFileSync(archive));
  process.stdout.write(
    `${json({ archive, sha256: digest, publicKey: signer.publicKey, installer: sha256(readFileSync(join(folder, 'install.sh'))), verifier: sha256(readFileSync(join(folder, 'verify.mjs'))) })}`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** What `npm publish` would publish. */
function packProduct(folder) {
  const packed = join(work, 'packed');
  mkdirSync(packed);
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], { cwd: root });
  const [file] = readdirSync(packed);
  run('tar', ['-xzf', join(packed, file), '-C', packed]);
  pack(join(folder, 'package.tar.gz'), join(packed, 'package'), ['.']);
}

/** The packages that the lockfile has for production, as `npm ci` verified and installed them. */
function packDependencies(folder) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const files = Object.entries(packages).flatMap(([path, { dev, optional, version: locked }]) => {
    if (path === '' || dev === true) return [];
    const installed = readVersion(join(root, path));
    if (installed === undefined && optional === true) return [];
    if (installed !== locked)
      throw new Error(`${path}: the lockfile has ${locked}, installed is ${installed}; run "npm ci" first`);
    return filesBelow(path);
  });
  const list = join(work, 'dependencies.txt');
  writeFileSync(list, files.sort().join('\n'));
  pack(join(folder, 'dependencies.tar.gz'), root, ['-T', list]);
}

/** Files of one package, without those of packages that are installed inside of it. */
function filesBelow(path) {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const below = `${path}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(below) : [below];
  });
}

function readVersion(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** Without the two parts that differ from run to run. */
function sbom() {
  const { serialNumber, metadata, ...rest } = JSON.parse(
    execFileSync(process.execPath, [join(root, 'scripts/sbom.mjs')], { cwd: root, maxBuffer: 2 ** 26 }),
  );
  const { timestamp, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** GNU tar: sorted, with fixed owners, rights and times. */
function pack(archive, folder, names) {
  const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const rights = ['--mode=u=rwX,go=rX', '--format=ustar'];
  run('tar', [
    ...fixed,
    ...rights,
    '--use-compress-program=gzip -9n',
    '-cf',
    archive,
    '-C',
    folder,
    ...names,
  ]);
}

function run(command, args, options = {}) {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
}

function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
