import { describe, expect, it } from 'vitest';
import { asFailure, DocumentMaker, REMEMBERED_ROWS } from '../../../src/ingest/sourceDocument.js';
import type { ParsedRow } from '../../../src/zeek/logParser.js';

const OPTIONS = { namespace: 'plant', path: '/logs/conn.log', run: 'r1' };
const row = (message: string, log = 'conn'): ParsedRow => ({ kind: 'row', line: 3, log, message });
const idsOf = (maker: DocumentMaker, messages: readonly string[]) =>
  messages.map((message) => maker.make(row(message))?.id);

describe('DocumentMaker', () => {
  it('sends a row to its stream with what is known of its origin', () => {
    const document = new DocumentMaker({ ...OPTIONS, sensor: 's1' }).make(row('{"ts":1}'));
    expect(document).toEqual({
      index: 'logs-ot_zeek.conn-plant',
      id: expect.stringMatching(/^[A-Za-z0-9_-]{20}$/),
      line: 3,
      body: {
        message: '{"ts":1}',
        observer: { name: 's1' },
        log: { file: { path: '/logs/conn.log' } },
        labels: { ingest_run: 'r1' },
      },
    });
  });

  it('gives identical rows of one file ids of their own, and the same ones the next time', () => {
    const messages = ['a', 'a', 'b', 'a'];
    const first = idsOf(new DocumentMaker(OPTIONS), messages);
    expect(new Set(first).size).toBe(4);
    expect(idsOf(new DocumentMaker({ ...OPTIONS, run: 'r2', path: '/copy' }), messages)).toEqual(first);
  });

  it('tells logs and sensors apart', () => {
    const ids = [
      new DocumentMaker(OPTIONS).make(row('a'))?.id,
      new DocumentMaker(OPTIONS).make(row('a', 'modbus'))?.id,
      new DocumentMaker({ ...OPTIONS, sensor: 's1' }).make(row('a'))?.id,
      new DocumentMaker({ ...OPTIONS, sensor: 's2' }).make(row('a'))?.id,
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('remembers a bounded number of rows, the last seen ones', () => {
    const maker = new DocumentMaker(OPTIONS);
    const [first] = idsOf(maker, ['a']);
    for (let i = 0; i < REMEMBERED_ROWS - 1; i++) maker.make(row(String(i)));
    const [second] = idsOf(maker, ['a']);
    expect(second).not.toBe(first);
    for (let i = 0; i < REMEMBERED_ROWS; i++) maker.make(row(`x${i}`));
    expect(idsOf(maker, ['a'])).toEqual([first]);
  });

  it('keeps a failed row with its line, its reason and its text', () => {
    const failure = { kind: 'failure', line: 7, log: 'modbus', reason: 'not JSON', original: '{' } as const;
    expect(new DocumentMaker(OPTIONS).make(failure)).toMatchObject({
      index: 'logs-ot_zeek.modbus-plant',
      body: { event: { kind: 'pipeline_error', original: '{' }, error: { message: 'line 7: not JSON' } },
    });
    expect(new DocumentMaker(OPTIONS).make({ ...failure, log: undefined })).toBeUndefined();
  });

  it('turns a refused row into a failed one under the same id', () => {
    const document = new DocumentMaker(OPTIONS).make(row('{"ts":1}'));
    if (document === undefined) throw new Error('expected a document');
    const failure = asFailure(document, 'mapper_parsing_exception');
    expect(failure).toMatchObject({
      id: document.id,
      body: {
        event: { kind: 'pipeline_error', original: '{"ts":1}' },
        error: { message: 'line 3: mapper_parsing_exception' },
        labels: { ingest_run: 'r1' },
      },
    });
    expect(failure.body).not.toHaveProperty('message');
  });
});
