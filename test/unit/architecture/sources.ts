import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { packagePath } from '../../../src/config/packageRoot.js';

export interface SourceFile {
  /** below src, such as `model/card.ts` */
  readonly path: string;
  /** its first folder; the file itself at the top */
  readonly folder: string;
  readonly text: string;
  /** what it imports at run time: files below src, or names of packages and of Node's modules */
  readonly imports: readonly string[];
}

const root = packagePath('src');

/** Every source file with what it imports; imports of types alone leave no trace and don't count. */
export function sourceFiles(): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const statements = [...text.matchAll(/^(?:import|export)\s(?!type\s)([^;]*?)from '([^']+)';/gms)];
      const bare = [...text.matchAll(/^import '([^']+)';/gm), ...text.matchAll(/\bimport\('([^']+)'\)/g)];
      const names = [
        ...statements.filter(([, names = '']) => !onlyTypes(names)).map(([, , from = '']) => from),
        ...bare.map(([, from = '']) => from),
      ];
      return {
        path,
        folder: path.split('/')[0] ?? path,
        text,
        imports: names.map((name) => resolve(path, name)),
      };
    });
}

/** `{ type A, type B }` */
function onlyTypes(names: string): boolean {
  const listed = /^\{([^}]*)\}\s*$/s.exec(names.trim())?.[1];
  if (listed === undefined) return false;
  return listed
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));
}

function resolve(path: string, name: string): string {
  return name.startsWith('.')
    ? relative(root, join(root, dirname(path), name)).replace(/\.js$/, '.ts')
    : name;
}
