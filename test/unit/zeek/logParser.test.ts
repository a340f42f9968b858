import { describe, expect, it } from 'vitest';
import type { Line } from '../../../src/zeek/lines.js';
import { LogParser } from '../../../src/zeek/logParser.js';

function parse(fileName: string, texts: readonly string[], log?: string) {
  const parser = new LogParser({ fileName, log });
  return texts.map((text, index) => parser.parse(lineOf(text, index + 1)));
}

function lineOf(text: string, number: number): Line {
  return { number, text, bytes: Buffer.byteLength(text), tooLong: false };
}

const MODBUS = ['#separator \\x09', '#path\tmodbus', '#fields\tts\tfunc', '#types\ttime\tstring'];

describe('LogParser', () => {
  it('passes JSON lines as they came', () => {
    const line = '{"ts":1.5,  "func":"READ_COILS"}';
    expect(parse('modbus.json', [line])).toEqual([{ kind: 'row', line: 1, log: 'modbus', message: line }]);
  });

  it('turns TSV rows into JSON lines', () => {
    expect(parse('x.log', [...MODBUS, '1.500000\tREAD_COILS']).at(-1)).toEqual({
      kind: 'row',
      line: 5,
      log: 'modbus',
      message: '{"ts":1.5,"func":"READ_COILS"}',
    });
  });

  it('lets _path in a JSON row choose its log, and refuses single rows of unknown ones', () => {
    const rows = parse('all.json', [
      '{"_path":"conn","ts":1.5}',
      '{"_path":"modbus","ts":1.5}',
      '{"_path":"ssl","ts":1.5}',
    ]);
    expect(rows).toMatchObject([
      { kind: 'row', log: 'conn' },
      { kind: 'row', log: 'modbus' },
      { kind: 'failure', line: 3, log: undefined, reason: expect.stringContaining('"ssl"') },
    ]);
  });

  it('names what is wrong with a row and reads on', () => {
    const rows = parse('conn.json', ['{"ts":1.5}', '{"ts":', '[1]', '{"ts":"soon"}', '{"ts":2.5}', '']);
    expect(rows).toMatchObject([
      { kind: 'row' },
      {
        kind: 'failure',
        line: 2,
        log: 'conn',
        reason: expect.stringMatching(/^not JSON/),
        original: '{"ts":',
      },
      { kind: 'failure', line: 3, reason: 'not a JSON object' },
      { kind: 'failure', line: 4, reason: expect.stringContaining('ts soon') },
      { kind: 'row', line: 5 },
      undefined,
    ]);
  });

  it('refuses a file whose times are masked', () => {
    expect(() => parse('x.log', [...MODBUS, 'XXXXXXXXXX.XXXXXX\tREAD_COILS'])).toThrow(
      expect.objectContaining({ code: 'masked_time' }),
    );
  });

  it.each([
    ['capture.pcap', '\u00d4\u00c3\u00b2\u00a1\u0002\u0000', 'not_a_zeek_log'],
    ['conn.csv', 'ts,uid,proto', 'not_a_zeek_log'],
    ['conn.json', '[{"ts":1}]', 'not_a_zeek_log'],
    ['modbus.log', '1.5\tC1\tREAD_COILS', 'no_header'],
    ['ssl.json', '{"ts":1.5}', 'unknown_log_type'],
  ])('refuses %s', (fileName, line, code) => {
    expect(() => parse(fileName, [line])).toThrow(expect.objectContaining({ code }));
  });

  it('reads past a byte order mark', () => {
    expect(parse('conn.json', ['\uFEFF{"ts":1.5}'])).toMatchObject([{ kind: 'row', message: '{"ts":1.5}' }]);
  });

  it('calls a line that is too long a failure', () => {
    const parser = new LogParser({ fileName: 'conn.json' });
    const line = { number: 1, text: '{"ts":1.5', bytes: 9_999_999, tooLong: true };
    expect(parser.parse(line)).toMatchObject({
      kind: 'failure',
      log: 'conn',
      reason: expect.stringContaining('9999999 bytes'),
    });
  });
});
