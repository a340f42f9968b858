import { describe, expect, it } from 'vitest';
import { Scorer } from '../../../src/model/scorer.js';
import { handOver, type PartState } from '../../../src/scoring/handOver.js';
import { bucketOf, ownsBucket, type Partition } from '../../../src/scoring/partition.js';
import { type Arrival, ScoringStage } from '../../../src/scoring/scoringStage.js';
import { shareOf } from '../../../src/scoring/share.js';
import { SensorHealth } from '../../../src/sensor/sensorHealth.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const PLCS = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];
/** Seconds: rows wait longer than polls look back. */
const [LATENESS, OVERLAP] = [5, 2];
const BUCKET_FIELD = 'bucket';
const START = FROM + 32 * DAY;
const ROWS = 1_200;
const ROWS_A_SECOND = 10;

const nanos = (seconds: number) =>
  `${new Date(Math.round(seconds * 1000)).toISOString().slice(0, -1)}000000Z`;
const keyOf = ({ index, id }: Arrival) => `${index} ${id}`;
const bucketIn = ({ document }: Arrival) => Number((document as Record<string, unknown>)[BUCKET_FIELD]);

const arrivals: readonly Arrival[] = Array.from({ length: ROWS }, (_, i) => {
  const ts = START + i / ROWS_A_SECOND;
  const destination = PLCS[i % PLCS.length] ?? '';
  const columns = {
    ts,
    uid: 'C1',
    'id.orig_h': '10.0.0.1',
    'id.resp_h': destination,
    'id.resp_p': 502,
    unit: 1,
    func: 'READ_COILS',
    pdu_type: 'REQ',
  };
  const bucket = bucketOf({ source: '10.0.0.1', destination, port: 502 });
  return {
    index: 'i',
    id: `${i}`,
    ingested: nanos(ts + 0.3),
    document: { [BUCKET_FIELD]: bucket },
    row: { log: 'modbus', sensor: undefined, columns },
  };
});

const model = await trainOn(
  Array.from({ length: 31 * 24 * 40 }, (_, i) =>
    record({ ts: FROM + i * 90, uid: 'C1', 'id.resp_h': PLCS[i % PLCS.length] }),
  ),
  { trees: 2, compare: false },
);

/** A stage that remembers which rows it judged in their place in the stream. */
function stageOf(judged: number[], share: Parameters<typeof shareOf>) {
  return new ScoringStage(
    new Scorer(model),
    LATENESS,
    undefined,
    ({ record: { ts } }) => judged.push(Math.round((ts - START) * ROWS_A_SECOND)),
    shareOf(...share),
  );
}

/** What a partition has judged and left behind that read up to an arrival. */
function stopped(own: Partition, at: number, judged: number[]): PartState {
  const stage = stageOf(judged, [own, { bucketField: BUCKET_FIELD }]);
  const read = arrivals.filter((row) => ownsBucket(own, bucketIn(row)) && row.ingested <= nanos(at));
  for (let i = 0; i < read.length; i += 20) stage.push(read.slice(i, i + 20));
  const position = read.at(-1)?.ingested ?? '';
  const seenFrom = nanos(Date.parse(position) / 1000 - OVERLAP - 1);
  const seen = read
    .filter(({ ingested }) => ingested >= seenFrom)
    .map((row): [string, string] => [keyOf(row), row.ingested]);
  return {
    partition: own,
    position: stage.oldestPending() ?? position,
    state: {
      reader: { position, seen, seenFrom, counts: { first: null, counts: [] } },
      held: stage.held().map(keyOf),
      stage: stage.state(),
      groups: [],
      sensors: new SensorHealth().state(),
    },
  };
}

/** Goes on as a follower does: takes in what was held, then reads on from the overlap before the position. */
function goOn(parts: readonly PartState[], to: Partition, judged: number[]): void {
  const { position, state, isSettled } = handOver(parts, to);
  const stage = stageOf(judged, [
    to,
    {
      bucketField: BUCKET_FIELD,
      isSettled: (row, bucket) => isSettled(keyOf(row), row.ingested, bucket),
    },
  ]);
  stage.restore(state.stage, []);
  const held = new Set(state.held);
  const { position: readTo, seen } = state.reader;
  const again = arrivals.filter(
    (row) => held.has(keyOf(row)) && row.ingested >= position && row.ingested <= readTo,
  );
  stage.push(again);
  const taken = new Set([...seen.map(([key]) => key), ...again.map(keyOf)]);
  const from = nanos(Date.parse(readTo) / 1000 - OVERLAP);
  const rest = arrivals.filter(
    (row) => row.ingested >= from && !taken.has(keyOf(row)) && ownsBucket(to, bucketIn(row)),
  );
  for (let i = 0; i < rest.length; i += 20) stage.push(rest.slice(i, i + 20));
  stage.flush();
  expect(stage.takeCounts().late).toBe(0);
}

describe('a hand-over to another number of partitions', () => {
  const all = Array.from({ length: ROWS }, (_, i) => i);
  const partitions = (count: number) => Array.from({ length: count }, (_, index) => ({ index, count }));

  it.each([
    ['two, stopped together, to one', [60, 60], 1],
    ['two, one of them a second ahead, to one', [60, 61], 1],
    ['two, one of them 40 s ahead, to one', [60, 100], 1],
    ['two to three', [60, 63], 3],
    ['one to two', [60], 2],
  ])('judges each row once, what waited too: from %s', (_, stops, to) => {
    const judged: number[] = [];
    const parts = stops.map((at, index) => stopped({ index, count: stops.length }, START + at, judged));
    expect(parts.every(({ state }) => state.held.length > 2 * LATENESS)).toBe(true);
    for (const part of partitions(to)) goOn(parts, part, judged);
    expect(judged.sort((a, b) => a - b)).toEqual(all);
  });

  it('reads again what its part had not seen within the overlap', () => {
    const [part] = [stopped({ index: 0, count: 1 }, START + 60, [])];
    const { position } = part.state.reader;
    const within = nanos(Date.parse(position) / 1000 - OVERLAP + 0.05);
    const { isSettled } = handOver([part], { index: 0, count: 2 });
    expect(isSettled('i unseen', within, 0)).toBe(false);
    expect(isSettled('i unseen', nanos(Date.parse(position) / 1000 - OVERLAP - 2), 0)).toBe(true);
  });
});
