import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CONNECTION_VARIABLES } from '../../../src/config/connection.js';
import { LLM_VARIABLES } from '../../../src/config/llm.js';
import { packagePath } from '../../../src/config/packageRoot.js';
import { SIDECAR_VARIABLES } from '../../../src/config/sidecar.js';
import { sourceFiles } from '../architecture/sources.js';

const text = readFileSync(packagePath('docs/operations.md'), 'utf8');
const rows = new Map(
  [...text.matchAll(/^\| `([A-Z0-9_]+)` \|.*\| (.*?) ?\|$/gm)].map(([, name = '', usual = '']) => [
    name,
    usual,
  ]),
);
const variables = z
  .looseObject({ properties: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })) })
  .array();
const schemas = variables.parse(
  [CONNECTION_VARIABLES, SIDECAR_VARIABLES, LLM_VARIABLES].map((schema) =>
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  ),
);

describe('the configuration reference of docs/operations.md', () => {
  it('has each variable of the schemas, with the default that stands there', () => {
    const described = schemas.flatMap(({ properties }) => Object.entries(properties));
    expect(described.length).toBeGreaterThan(30);
    for (const [name, { default: usual }] of described) {
      expect([...rows.keys()]).toContain(name);
      const expected = usual === undefined || usual === '' ? '' : `\`${usual}\``;
      expect(rows.get(name), name).toBe(expected);
    }
  });

  it('has each variable that the program reads, and none that it does not', () => {
    const code = sourceFiles()
      .map(({ text: one }) => one)
      .join('\n');
    // Those of options stand in the command's --help, those of secrets' files above the table.
    const isOther = (name: string) =>
      code.includes(`.env('${name}')`) || (/_FILE$/.test(name) && rows.has(name.replace(/_FILE$/, '')));
    const read = [...code.matchAll(/\b(OT_ANOMALY_[A-Z0-9_]*[A-Z0-9])\b(?!_)/g)].map(([, name = '']) => name);
    for (const name of read.filter((one) => !isOther(one))) expect([...rows.keys()], name).toContain(name);
    for (const name of rows.keys()) expect(code, name).toContain(name);
  });
});
