import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { packagePath } from '../config/packageRoot.js';
import { PACKAGE_NAME } from '../kibana/stableId.js';
import { OWNER_FORM, packageVersion } from './manifest.js';
import { packageFiles } from './packageFiles.js';
import { zip } from './zip.js';

const { owner } = parseArgs({ options: { owner: { type: 'string' } } }).values;
if (owner !== undefined && !OWNER_FORM.test(owner)) {
  process.stderr.write(`--owner: expected a GitHub account, or org/team, not "${owner}"\n`);
  process.exit(2);
}
const name = `${PACKAGE_NAME}-${packageVersion()}`;
const folder = packagePath('build');
rmSync(join(folder, name), { recursive: true, force: true });
const files = packageFiles(owner);
for (const [path, text] of files) {
  const target = join(folder, name, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
writeFileSync(
  join(folder, `${name}.zip`),
  zip(new Map([...files].map(([path, text]) => [`${name}/${path}`, text]))),
);
process.stdout.write(`build/${name}/: ${files.size} files; build/${name}.zip\n`);
