import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TsvParser } from '../../src/zeek/tsv.js';
import { type TsvMarks, unescapeZeek, type ZeekValue } from '../../src/zeek/tsvValue.js';
import { encodeTsvValue } from '../fixtures/encodeTsv.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '-', '(empty)', '\\', '\\x09', '\t', ',', '#', 'a\\\\x41', 'Ü', '\u0000'),
);
const count = fc.oneof(fc.nat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }).map(String));
const time = fc
  .integer({ min: 1, max: 4_000_000_000_000_000 })
  .map((microseconds) => Number((microseconds / 1e6).toFixed(6)));

/** A set of nothing and a set of one empty string look the same in Zeek's format. */
const list = <T extends ZeekValue>(element: fc.Arbitrary<T>) =>
  fc.array(element, { maxLength: 5 }).filter((values) => !(values.length === 1 && values[0] === ''));

const column: fc.Arbitrary<readonly [string, ZeekValue | undefined]> = fc.oneof(
  fc.tuple(fc.constant('string'), fc.option(text, { nil: undefined })),
  fc.tuple(fc.constant('count'), fc.option(count, { nil: undefined })),
  fc.tuple(fc.constant('time'), fc.option(time, { nil: undefined })),
  fc.tuple(fc.constant('bool'), fc.option(fc.boolean(), { nil: undefined })),
  fc.tuple(fc.constant('set[string]'), fc.option(list(text), { nil: undefined })),
  fc.tuple(
    fc.constant('vector[count]'),
    fc.option(list(fc.oneof(count, fc.constant(null))), { nil: undefined }),
  ),
);

const marks: fc.Arbitrary<TsvMarks> = fc.constantFrom(
  { separator: '\t', setSeparator: ',', emptyField: '(empty)', unsetField: '-' },
  { separator: '|', setSeparator: ';', emptyField: 'EMPTY', unsetField: 'UNSET' },
);

/** A vector that holds one unset element is written like an unset vector. */
const ambiguous = (value: ZeekValue | undefined) =>
  Array.isArray(value) && value.length === 1 && value[0] === null;

it('reads back what Zeek’s writer writes', () => {
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 8 }), marks, (columns, given) => {
      fc.pre(!columns.some(([, value]) => ambiguous(value)));
      const names = columns.map((_, index) => `c${index}`);
      const sep = given.separator;
      const parser = new TsvParser();
      for (const line of [
        `#separator \\x${sep.charCodeAt(0).toString(16).padStart(2, '0')}`,
        `#set_separator${sep}${given.setSeparator}`,
        `#empty_field${sep}${given.emptyField}`,
        `#unset_field${sep}${given.unsetField}`,
        `#fields${sep}${names.join(sep)}`,
        `#types${sep}${columns.map(([type]) => type).join(sep)}`,
      ])
        expect(parser.parse(line).kind).toBe('none');
      const cells = columns.map(([type, value]) => encodeTsvValue(value, type, given));
      // Zeek escapes a # at the beginning of a line, which would read as a comment.
      const parsed = parser.parse(cells.join(sep).replace(/^#/, '\\x23'));
      const expected = Object.fromEntries(
        columns.flatMap(([, value], index) => (value === undefined ? [] : [[`c${index}`, value]])),
      );
      expect(parsed).toEqual(
        cells.join(sep) === '' ? { kind: 'none' } : { kind: 'row', path: undefined, row: expected },
      );
    }),
    { seed: 3, numRuns: 500 },
  );
});

it('never throws on a string, whatever its escapes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\\', 'x', '0', 'f', 'F', 'g', 'é') }), (any) => {
      expect(typeof unescapeZeek(any)).toBe('string');
    }),
    { seed: 3 },
  );
});
