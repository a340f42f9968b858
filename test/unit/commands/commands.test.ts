import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/commands.js';
import { buildProgram } from '../../../src/commands/program.js';

describe('commands', () => {
  it.each(Object.keys(COMMANDS))('%s is loaded by its own name, and nothing beside it', async (name) => {
    const program = await buildProgram([name]);
    expect(program.commands.map((command) => command.name())).toEqual([name]);
  });

  it('are all there where none is named', async () => {
    const program = await buildProgram();
    expect(program.commands.map((command) => command.name())).toEqual(Object.keys(COMMANDS));
  });
});
