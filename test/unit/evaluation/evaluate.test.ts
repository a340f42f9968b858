import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Inventory } from '../../../src/anomaly/assetContext.js';
import { type EvaluateOptions, evaluate } from '../../../src/app/evaluate.js';
import { describeEvaluation, evaluationJson } from '../../../src/evaluation/describe.js';

const START = 1_767_571_200;
const row = (at: number, columns: Record<string, unknown> = {}) => ({
  ts: START + at,
  uid: 'C1',
  'id.orig_h': '10.0.0.1',
  'id.orig_p': 40_000,
  'id.resp_h': '10.0.0.2',
  'id.resp_p': 502,
  unit: 1,
  func: 'READ_COILS',
  pdu_type: 'REQ',
  ...columns,
});
/** A poll every ten seconds. */
const polls = (from: number, to: number) =>
  Array.from({ length: (to - from) / 10 }, (_, i) => row(from + i * 10));
const INTRUDER = { uid: 'C9', 'id.orig_h': '10.0.0.66' };
const intrusion = [
  row(2700, { ...INTRUDER, func: 'READ_COILS' }),
  row(2705, { ...INTRUDER, func: 'WRITE_SINGLE_COIL' }),
];
const stranger = row(3000, { uid: 'C8', 'id.orig_h': '10.0.0.77' });
const tls = {
  ts: START + 9,
  uid: 'C5',
  'id.orig_h': '10.0.0.1',
  'id.resp_h': '10.0.0.3',
  'id.resp_p': 802,
  service: 'ssl',
};
const LABELS = [
  { label: 'intruder', uids: ['C9'] },
  { label: 'ghost', uids: ['C99'] },
];

const lines = (rows: readonly object[]) => rows.map((each) => `${JSON.stringify(each)}\n`).join('');
let folder: string;
const at = (...names: readonly string[]) => join(folder, ...names);
const run = (options: Partial<EvaluateOptions> = {}) =>
  evaluate({
    baseline: [at('baseline')],
    test: [at('test')],
    labels: [],
    inventory: new Inventory([]),
    signal: new AbortController().signal,
    ...options,
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
  mkdirSync(at('baseline', 'day1'), { recursive: true });
  mkdirSync(at('test'));
  writeFileSync(at('baseline', 'day1', 'modbus.log.gz'), gzipSync(lines(polls(0, 2400))));
  writeFileSync(at('baseline', 'conn.log'), lines([tls]));
  writeFileSync(at('baseline', 'readme.txt'), 'nothing of a log\n');
  const later = [...polls(2400, 3600), ...intrusion, stranger];
  writeFileSync(at('test', 'modbus.log'), `${lines(later)}{"ts":"never"}\n`);
  writeFileSync(at('all.modbus.json'), lines([...polls(0, 2400), ...later]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an evaluation', () => {
  it('counts alerts, groups and labels: what was found of each, how soon, and beside how many others', async () => {
    const found = evaluationJson(await run({ labels: LABELS }));
    expect(found).toMatchObject({
      baseline: { records: 240, days: 0.028 },
      test: { records: 123 },
      alerts: 3,
      alertRate: 3 / 123,
      groups: 3, // the intruder's reads, its write, the stranger
      recall: { intruder: 1, ghost: null },
      precision: { intruder: 2 / 3, ghost: null },
      firstDetection: { intruder: { at: '2026-01-05T00:45:00.000Z', seconds: 0 }, ghost: null },
      scores: { min: -0.5, p001: -0.5 },
      shortBaseline: true,
      worstFalseAlarms: [{ records: 1, reason: expect.stringContaining('10.0.0.77 was never seen') }],
    });
  });

  it('takes times and numbers as other shippers write them: the same rows, the same findings', async () => {
    const written = (as: (each: ReturnType<typeof row>) => object) => {
      for (const which of ['baseline', 'test']) mkdirSync(at('written', which), { recursive: true });
      const later = [...polls(2400, 3600), ...intrusion, stranger];
      writeFileSync(at('written', 'baseline', 'modbus.log'), lines(polls(0, 2400).map(as)));
      writeFileSync(at('written', 'test', 'modbus.log'), lines(later.map(as)));
      return run({ baseline: [at('written', 'baseline')], test: [at('written', 'test')] });
    };
    const expected = evaluationJson(await written((each) => each));
    expect(expected).toMatchObject({ test: { records: 123 }, alerts: 3 });
    const iso = (each: { ts: number }) => ({ ...each, ts: new Date(each.ts * 1000).toISOString() });
    const text = (each: object) =>
      Object.fromEntries(Object.entries(each).map(([name, value]) => [name, String(value)]));
    expect(evaluationJson(await written(iso))).toEqual(expected);
    expect(evaluationJson(await written(text))).toEqual(expected);
  });

  it('says why rows can’t be read where none can', async () => {
    writeFileSync(at('ms.modbus.log'), lines(polls(0, 100).map((each) => ({ ...each, ts: each.ts * 1000 }))));
    await expect(run({ baseline: [at('ms.modbus.log')] })).rejects.toMatchObject({
      code: 'no_rows',
      message: expect.stringContaining("10 can't be parsed (line 1: ts 1767571200000 is no time"),
    });
  });

  it('splits so long after the first row that is no connection, since a connection’s time is its start', async () => {
    mkdirSync(at('long'), { recursive: true });
    const old = {
      ...tls,
      ts: START - 3 * 86_400,
      'id.resp_h': '10.0.0.2',
      'id.resp_p': 502,
      service: 'modbus',
    };
    writeFileSync(at('long', 'conn.log'), lines([old]));
    writeFileSync(at('long', 'modbus.log'), lines(polls(0, 3600)));
    const found = await run({ baseline: [at('long')], test: [], split: { at: 2400, relative: true } });
    expect(found).toMatchObject({
      baseline: { records: 241 },
      test: { records: 120 },
      splitAt: new Date((START + 2400) * 1000).toISOString(),
    });
    const early = await run({ baseline: [at('long')], test: [], split: { at: START, relative: false } });
    expect(describeEvaluation(early)).toContain('SMALL BASELINE');
  });

  it('reads a stream of all logs whose first row is of one that nobody scores', async () => {
    mkdirSync(at('mixed'), { recursive: true });
    const dns = { _path: 'dns', ts: START, uid: 'C3', query: 'plc.example' };
    const rows = polls(0, 3600).map((each) => ({ _path: 'modbus', ...each }));
    writeFileSync(at('mixed', 'zeek.json'), lines([dns, ...rows]));
    const found = await run({ baseline: [at('mixed')], test: [], split: { at: 2400, relative: true } });
    expect(found).toMatchObject({ baseline: { records: 240 }, test: { records: 120 } });
    expect(found.files).toMatchObject([{ failed: 1, firstFailure: expect.stringContaining('"dns"') }]);
  });

  it('detects a label by a silence, and calls no row found by it', async () => {
    mkdirSync(at('silent'), { recursive: true });
    const other = { uid: 'C2', 'id.resp_h': '10.0.0.3' };
    const clock = polls(0, 7200).map((each) => ({ ...each, ...other }));
    writeFileSync(at('silent', 'modbus.log'), lines([...polls(0, 4800), ...clock]));
    const silent = { label: 'dos', from: START + 4800, destination: '10.0.0.2', to: START + 7200 };
    const found = await run({
      baseline: [at('silent')],
      test: [],
      split: { at: 3600, relative: true },
      labels: [silent, { ...silent, label: 'dos and before', from: START + 4780 }],
    });
    const { recall, firstDetection } = evaluationJson(found) as {
      recall: Record<string, number | null>;
      firstDetection: Record<string, { seconds: number }>;
    };
    expect(recall).toEqual({ dos: null, 'dos and before': 0 });
    expect(firstDetection['dos']?.seconds).toBe(590); // ten minutes after the last poll
    expect(describeEvaluation(found)).toMatch(/dos: no test row bears it, found after \d+\.\d s/);
  });

  it('finds another rhythm in a capture of an hour, whose parts judge each other', async () => {
    const each = (from: number, to: number, every: number) =>
      Array.from({ length: (to - from) / every }, (_, i) => row(from + i * every));
    mkdirSync(at('fast'), { recursive: true });
    writeFileSync(at('fast', 'modbus.log'), lines([...each(0, 3000, 1), ...each(3000, 3100, 0.5)]));
    const found = evaluationJson(
      await run({
        baseline: [at('fast')],
        test: [],
        split: { at: 2400, relative: true },
        labels: [{ label: 'faster', from: START + 3000.25, to: START + 3100 }],
      }),
    );
    expect(found).toMatchObject({ firstDetection: { faster: { seconds: expect.any(Number) } } });
    expect((found['firstAlert'] as string) >= new Date((START + 3000) * 1000).toISOString()).toBe(true);
  });

  it('has no recall and no precision where nothing is labelled', async () => {
    expect(evaluationJson(await run())).toMatchObject({
      alerts: 3,
      recall: {},
      precision: {},
      firstDetection: {},
    });
  });

  it('names and skips files that are no log, counts rows that can’t be read, and says what is encrypted', async () => {
    const found = evaluationJson(await run());
    expect(found).toMatchObject({
      skipped: [{ path: at('baseline', 'readme.txt'), problem: expect.any(String) }],
      unparsable: 1,
      encrypted: [{ relation: '10.0.0.1 → 10.0.0.3:802', connections: 1 }],
    });
  });

  it('says of each key what can be seen of it, and why not', async () => {
    const { keys } = await run();
    const sight = (functionCode: string, source: string) =>
      keys.find((key) => key.functionCode === functionCode && key.relation.startsWith(source));
    expect(sight('READ_COILS', '10.0.0.1 ')).toMatchObject({ baselineRows: 240, testRows: 120 });
    expect(sight('READ_COILS', '10.0.0.1 ')?.interval).toMatch(/239 intervals/);
    expect(sight('WRITE_SINGLE_COIL', '10.0.0.66')?.interval).toBe('none: not in the baseline');
    for (const { detectors } of keys) expect(detectors).toEqual(expect.arrayContaining(['novelty']));
  });

  it('says of a rhythm how many odd intervals of ten speak for another', async () => {
    const days = Array.from({ length: 6 }, (_, day) => polls(day * 86_400, day * 86_400 + 1_000)).flat();
    writeFileSync(at('long.modbus.json'), lines(days));
    const { keys } = await run({ baseline: [at('long.modbus.json')], test: [at('long.modbus.json')] });
    expect(keys.map(({ interval }) => interval)).toEqual(['by its own 594 intervals, 3 of ten odd ones']);
  });

  it('tells pipelined requests and masters that connect for each request from those that are too few', async () => {
    const burst = Array.from({ length: 40 }, (_, i) => row(Math.floor(i / 4) * 10, { unit: 2 }));
    const connecting = Array.from({ length: 40 }, (_, i) => row(i * 10, { unit: 3, uid: `D${i}` }));
    const few = [row(0, { unit: 4 })];
    writeFileSync(at('shapes.modbus.json'), lines([...burst, ...connecting, ...few]));
    const { keys } = await run({ baseline: [at('shapes.modbus.json')], test: [at('shapes.modbus.json')] });
    const of = (unit: number) => keys.find(({ relation }) => relation.includes(`unit ${unit}`))?.interval;
    expect(of(2)).toMatch(/^none/);
    expect(of(3)).toBe('none: a connection for each request; conn.log has its intervals');
    expect(of(4)).toBe('none: too few rows');
  });

  it('splits one set of files at a time, or so long after its first row', async () => {
    const whole = { baseline: [at('all.modbus.json')], test: [] };
    const relative = await run({ ...whole, split: { at: 2400, relative: true } });
    const absolute = await run({ ...whole, split: { at: START + 2400, relative: false } });
    expect(relative.tallied).toEqual((await run()).tallied);
    expect(absolute.tallied).toEqual(relative.tallied);
    expect(relative.baseline.records).toBe(240);
  });

  it('gives the same bytes for the same files', async () => {
    const [one, other] = [await run({ labels: LABELS }), await run({ labels: LABELS })];
    expect(JSON.stringify(evaluationJson(one))).toBe(JSON.stringify(evaluationJson(other)));
  });

  it('marks a short baseline in the first line of its text', async () => {
    expect(describeEvaluation(await run({ labels: LABELS }))).toMatch(
      /^SHORT BASELINE: data on 1 of the 30 days[\s\S]*intruder: 2 rows, recall 1.000, precision 0.667, found after 0.0 s/,
    );
  });

  it('is refused with what is missing: a path, rows of the baseline, rows to test', async () => {
    await expect(run({ test: [at('nowhere')] })).rejects.toThrow(/nowhere: neither a file nor a folder/);
    await expect(run({ baseline: [at('baseline', 'readme.txt')] })).rejects.toThrow(
      /in the baseline.*found none/,
    );
    await expect(run({ test: [at('baseline', 'conn.log')] })).rejects.toThrow(/in the test.*found none/);
  });
});
