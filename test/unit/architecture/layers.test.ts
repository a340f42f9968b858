import { describe, expect, it } from 'vitest';
import { sourceFiles } from './sources.js';

const files = sourceFiles();

/**
 * Folders of pure functions: what they are given decides what they return. Time, randomness and everything outside
 * come in as arguments.
 */
const PURE = [
  'adversarial',
  'anomaly',
  'charts',
  'decision',
  'evaluation',
  'features',
  'model',
  'scoring',
  'sensor',
  'simulator',
  'triage',
  'zeek',
];
/** What pure folders may import beside one another. */
const SHARED = ['errors.ts', 'isoTime.ts', 'printable.ts', 'profiles', 'registry/digest.ts'];
/** Modules of Node's that only compute. */
const COMPUTING = new Set(['node:buffer', 'node:crypto', 'node:net', 'node:path', 'node:util']);

const CLOCK_OR_DICE =
  /\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(\)|\bperformance\.now\(\)|\bprocess\.env\b/;

describe.each(PURE)('src/%s', (folder) => {
  const own = files.filter((file) => file.folder === folder);

  it('imports pure folders only, and nothing that reaches outside', () => {
    expect(own.length).toBeGreaterThan(0);
    const allowed = [...PURE, ...SHARED];
    const stray = own.flatMap(({ path, imports }) =>
      imports
        .filter((name) => (name.startsWith('node:') ? !COMPUTING.has(name) : name.endsWith('.ts')))
        .filter((name) => !allowed.some((good) => name === good || name.startsWith(`${good}/`)))
        .map((name) => `${path} imports ${name}`),
    );
    expect(stray).toEqual([]);
  });

  it('asks no clock, no dice and no environment', () => {
    expect(own.filter(({ text }) => CLOCK_OR_DICE.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('src', () => {
  it('leaves the command line to its edge: nothing but the programs imports commands', () => {
    const programs = new Set(['cli.ts', 'commands', 'demo']);
    const stray = files
      .filter(({ folder, path }) => !programs.has(folder) && !path.endsWith('main.ts'))
      .filter(({ imports }) => imports.some((name) => name.startsWith('commands/')));
    expect(stray.map(({ path }) => path)).toEqual([]);
  });
});
