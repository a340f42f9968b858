import { describe, expect, it } from 'vitest';
import { TsvParser } from '../../../src/zeek/tsv.js';
import { unescapeZeek } from '../../../src/zeek/tsvValue.js';

function parse(...lines: readonly string[]) {
  const parser = new TsvParser();
  return lines.map((line) => parser.parse(line)).filter(({ kind }) => kind !== 'none');
}

const HEADER = ['#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-'];

describe('TsvParser', () => {
  it('gives a row as Zeek’s JSON writer would', () => {
    expect(
      parse(
        ...HEADER,
        '#path\tconn',
        '#open\t2026-03-03-15-52-47',
        '#fields\tts\tid.orig_p\tduration\tlocal_orig\torig_bytes\thistory\ttunnel_parents\tvlan',
        '#types\ttime\tport\tinterval\tbool\tcount\tstring\tset[string]\tint',
        '1772553162.177107\t49426\t0.000009\tT\t0\tSr\t(empty)\t-',
        '#close\t2026-03-03-15-54-00',
      ),
    ).toEqual([
      {
        kind: 'row',
        path: 'conn',
        row: {
          ts: 1772553162.177107,
          'id.orig_p': 49426,
          duration: 0.000009,
          local_orig: true,
          orig_bytes: 0,
          history: 'Sr',
          tunnel_parents: [],
        },
      },
    ]);
  });

  it('follows a second header in the middle, with other columns and marks', () => {
    const rows = parse(
      ...HEADER,
      '#path\tmodbus',
      '#fields\tts\tfunc',
      '#types\ttime\tstring',
      '1.5\tREAD_COILS',
      '#close\t2026',
      '#separator \\x2c',
      '#set_separator,;',
      '#unset_field,none',
      '#path,modbus_detailed',
      '#fields,ts,request_values,unit',
      '#types,time,vector[count],count',
      '2.5,1;none;3,none',
    );
    expect(rows).toEqual([
      { kind: 'row', path: 'modbus', row: { ts: 1.5, func: 'READ_COILS' } },
      { kind: 'row', path: 'modbus_detailed', row: { ts: 2.5, request_values: [1, null, 3] } },
    ]);
  });

  it('keeps counts beyond 2^53 and values of the wrong type as text', () => {
    const [row] = parse(
      ...HEADER,
      '#fields\ta\tb\tc\td\te',
      '#types\tcount\tcount\tcount\tbool\tdouble',
      '9007199254740991\t18446744073709551615\tmany\tyes\tnan',
    );
    expect(row).toMatchObject({
      row: { a: 9007199254740991, b: '18446744073709551615', c: 'many', d: 'yes', e: 'nan' },
    });
  });

  it('takes the types it knows where #types is missing', () => {
    const [row] = parse(...HEADER, '#path\tmodbus', '#fields\tts\ttid\tfunc', '1.5\t7\t7');
    expect(row).toMatchObject({ row: { ts: 1.5, tid: 7, func: '7' } });
  });

  it('calls a row with too few columns a failure and reads on', () => {
    expect(parse(...HEADER, '#fields\ta\tb', '#types\tcount\tcount', '1', '1\t2')).toEqual([
      { kind: 'failure', path: undefined, reason: 'expected 2 columns as in #fields, found 1' },
      { kind: 'row', path: undefined, row: { a: 1, b: 2 } },
    ]);
  });

  it('refuses rows without a header, and a header that contradicts itself', () => {
    expect(() => parse('### BTest baseline data', '1.5\tC1\t10.0.0.1')).toThrow(
      expect.objectContaining({ code: 'no_header' }),
    );
    expect(() => parse('#fields\ta\tb', '#types\tcount', '1\t2')).toThrow(
      expect.objectContaining({ code: 'bad_header' }),
    );
  });
});

describe('unescapeZeek', () => {
  it.each([
    ['\\x09', '\t'],
    ['a\\\\x09', 'a\\x09'],
    ['\\x2d', '-'],
    ['\\xc3\\xbc', 'ü'],
    ['ü\\x2c', 'ü,'],
    ['\\xff\\x2c', '\\xff,'],
    ['C:\\dir', 'C:\\dir'],
  ])('reads %s as %s', (written, meant) => {
    expect(unescapeZeek(written)).toBe(meant);
  });
});
