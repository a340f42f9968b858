import fc from 'fast-check';

/** Pieces on which parsers have stumbled: marks of the formats, limits of numbers, names of Object's own. */
const TOKENS = [
  ...['', '\n', '\r\n', '\t', '\0', '\uFEFF', '\uFFFD', ',', ';', ':', '-', '#', '"', "'", '\\', '\\x09'],
  ...[
    '{',
    '}',
    '[',
    ']',
    '[[[[[[[[',
    '{"a":{"a":{"a":',
    '---\n',
    '...\n',
    '&a ',
    '*a',
    '<<: *a',
    '!!js/function ',
    '!!binary ',
  ],
  ...[
    'null',
    'true',
    'NaN',
    'Infinity',
    '-0',
    '1e999',
    '9007199254740993',
    '18446744073709551616',
    '0x1F',
    '1_000',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '"__proto__":{"polluted":true}',
    '__proto__:\n  polluted: true\n',
  ],
  ...[
    '2026-02-30',
    '1969-12-31T23:59:59Z',
    'XXXXXXXXXX.XXXXXX',
    '1767225600.000000',
    '::ffff:10.0.0.1',
    '256.1.1.1',
    'fe80::1%eth0',
  ],
  ...[
    '#fields\tts\tts',
    '#separator \\x09',
    '#types\ttime',
    '#close\t',
    '(empty)',
    'é',
    '𝒳',
    '\u202E',
    '\uD800',
    'A'.repeat(3_000),
  ],
];

/** One change to a text: a piece cut out, put in, doubled, or replaced; places are shares of the length. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 40 }),
  piece: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ unit: 'binary', maxLength: 8 })),
  how: fc.constantFrom('cut', 'put', 'replace', 'double', 'end'),
});

/** Texts that are nearly one of the samples: what a fuzzer that knows the format would try. */
export function mutated(samples: readonly string[]): fc.Arbitrary<string> {
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  return fc.tuple(fc.constantFrom(...samples), changes).map(([sample, list]) =>
    list.reduce((text, { at, length, piece, how }) => {
      const from = Math.floor(at * text.length);
      const [before, hit, after] = [
        text.slice(0, from),
        text.slice(from, from + length),
        text.slice(from + length),
      ];
      switch (how) {
        case 'cut':
          return before + after;
        case 'put':
          return before + piece + hit + after;
        case 'replace':
          return before + piece + after;
        case 'double':
          return before + hit + hit + after;
        case 'end':
          return before;
        default:
          return text;
      }
    }, sample),
  );
}
