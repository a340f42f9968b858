import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/commands/program.js';
import { packagePath } from '../../../src/config/packageRoot.js';

const read = (name: string) => readFileSync(packagePath(name), 'utf8');

describe('docs/controls.md', () => {
  const rows = read('docs/controls.md')
    .split('\n')
    .filter((line) => /^\| (?!asks for|---)/.test(line));

  it('names for each thing asked a test that exists under this name', () => {
    expect(rows.length).toBeGreaterThan(25);
    for (const row of rows) {
      const [, file, name] = /`(test\/[\w/]+\.test\.ts)` "([^"]+)" \|$/.exec(row) ?? [];
      if (file === undefined || name === undefined) throw new Error(`no test named: ${row}`);
      expect(existsSync(packagePath(file)), file).toBe(true);
      expect(read(file), `${file} has no test "${name}"`).toContain(name);
    }
  });

  it('speaks of each of the four principles', () => {
    const titles = read('docs/controls.md').match(/^## \d\. .*$/gm);
    expect(titles?.map((title) => title.slice(3, 5))).toEqual(['1.', '2.', '3.', '4.']);
  });
});

describe('docs/governance.md', () => {
  /** Command lines in its blocks, with continued lines joined. */
  const lines = [...read('docs/governance.md').matchAll(/^```\n([\s\S]*?)^```/gm)]
    .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => /ot-anomaly ([^#]*)/.exec(line)?.[1]?.trim() ?? []);

  it.each(lines)('has a command and options that exist: %s', async (line) => {
    let command: Command = await buildProgram();
    const words = line.split(/\s+/);
    for (const word of words) {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) break;
      command = next;
    }
    expect(command.commands, `${line}: ends at a group of commands`).toEqual([]);
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    for (const word of words.filter((one) => /^--?[a-z]/.test(one))) expect(known).toContain(word);
    for (const { long, mandatory } of command.options) if (mandatory) expect(words).toContain(long);
  });

  it('has lines for keys, policies, approvals, deployment and rollback', () => {
    for (const begin of [
      'key new',
      'trust install',
      'approval sign',
      'model deploy',
      'model rollback',
      'threshold propose',
    ])
      expect(
        lines.some((line) => line.startsWith(begin)),
        begin,
      ).toBe(true);
  });
});
