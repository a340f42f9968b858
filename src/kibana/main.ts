import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../config/packageRoot.js';
import { kibanaFiles } from './files.js';

const folder = packagePath('kibana-saved-objects');
mkdirSync(folder, { recursive: true });
for (const [name, text] of kibanaFiles()) {
  writeFileSync(join(folder, name), text);
  process.stdout.write(`kibana-saved-objects/${name}: ${text.split('\n').length - 1} objects\n`);
}
