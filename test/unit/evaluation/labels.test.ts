import { describe, expect, it } from 'vitest';
import { parseLabels } from '../../../src/evaluation/labelFile.js';
import { Labels } from '../../../src/evaluation/labels.js';
import { record } from '../../fixtures/records.js';

const of = (text: string, name = 'labels.ndjson') => new Labels(parseLabels(name, text));

describe('labels', () => {
  it('are true of the uids they name, and of no other row', () => {
    const labels = of('{"label":"scan","uids":["C1","C2"]}\n\n{"label":"write","uid":"C1"}\n');
    expect(labels.names).toEqual(['scan', 'write']);
    expect(labels.of(record({ uid: 'C1' }))).toEqual(['scan', 'write']);
    expect(labels.of(record({ uid: 'C2' }))).toEqual(['scan']);
    expect(labels.of(record({ uid: 'C3' }))).toEqual([]);
  });

  it('hold for a range of time, both ends included, and for addresses or networks where given', () => {
    const labels = of('{"label":"a","from":1000,"to":"1970-01-01T00:20:00Z","destination":"10.0.0.0/24"}');
    expect(labels.of(record({ ts: 1000 }))).toEqual(['a']);
    expect(labels.of(record({ ts: 1200 }))).toEqual(['a']);
    expect(labels.of(record({ ts: 1200.000001 }))).toEqual([]);
    expect(labels.of(record({ ts: 1100, 'id.resp_h': '10.0.1.2' }))).toEqual([]);
    expect(labels.of(record({ ts: 1100, 'id.resp_h': 'fe80::1' }))).toEqual([]);
  });

  it('need all that they name: a uid outside its time is another row of the same connection', () => {
    const labels = of(
      '{"scenario":"faster","from":1000,"to":1100,"uids":["C1"],"source":"10.0.0.1","note":""}',
    );
    expect(labels.of(record({ ts: 1050 }))).toEqual(['faster']);
    expect(labels.of(record({ ts: 1150 }))).toEqual([]);
    expect(labels.of(record({ ts: 1050, 'id.orig_h': '10.0.0.9' }))).toEqual([]);
  });

  it('with an empty list of uids are true of nothing: the scenario left no connection in these logs', () => {
    expect(of('{"scenario":"x","from":0.5,"to":2000,"uids":[]}').of(record())).toEqual([]);
  });

  it('come as CSV too', () => {
    const labels = of('label,uid,from,to,source\nscan,C7,,,\nflood,,1000,1100,10.0.0.1\n', 'labels.csv');
    expect(labels.of(record({ ts: 1050 }))).toEqual(['flood']);
    expect(labels.of(record({ uid: 'C7', ts: 5 }))).toEqual(['scan']);
  });

  it('are refused with every problem and its line', () => {
    const text =
      '{"label":"a"}\n{"uid":"C1"}\n{"label":"b","uid":"C","surprise":1}\n{"label":"c","from":"soon","to":5}\nno';
    expect(() => of(text)).toThrow(/5 problems/);
    expect(() => of(text)).toThrow(
      /line 1: expected uid, uids, or from and to[\s\S]*line 2: expected a label[\s\S]*line 3.*surprise[\s\S]*line 4 from: expected seconds[\s\S]*line 5: not JSON/,
    );
    expect(() => of('{"label":"a","from":1,"to":2,"source":"10.0.0.300"}')).toThrow(
      /source: expected an address/,
    );
    expect(() => of('{"label":"a","from":3,"to":2}')).toThrow(/to at or after from/);
  });
});
