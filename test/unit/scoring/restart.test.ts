import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Group } from '../../../src/anomaly/group.js';
import type { Model } from '../../../src/model/artifact.js';
import { Scorer } from '../../../src/model/scorer.js';
import { GroupLedger } from '../../../src/scoring/groupLedger.js';
import { groupStateSchema } from '../../../src/scoring/ledgerState.js';
import { ReorderBuffer } from '../../../src/scoring/reorderBuffer.js';
import { type Arrival, type Finding, ScoringStage } from '../../../src/scoring/scoringStage.js';
import { stageStateSchema } from '../../../src/scoring/stageState.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

/** What a checkpoint makes of a state. */
const stored = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

describe('the reorder buffer', () => {
  it('releases each stream in the same order however its arrivals are cut into pages', () => {
    const rows = fc.array(
      fc.record({
        delay: fc.integer({ min: 0, max: 20 }),
        pause: fc.integer({ min: 0, max: 12 }),
        stream: fc.constantFrom('a', 'b', 'c'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(rows, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (made, cuts) => {
        let now = 0;
        const arrivals = made.map(({ delay, pause, stream }, n) => {
          now += pause;
          return { n, ts: now - delay, arrivedAt: now, stream };
        });
        const run = (isCut: (n: number) => boolean) => {
          const buffer = new ReorderBuffer<(typeof arrivals)[number]>(4);
          const out: typeof arrivals = [];
          for (const row of arrivals) {
            buffer.push(row);
            if (isCut(row.n)) out.push(...buffer.release());
          }
          out.push(...buffer.release(), ...buffer.flush());
          return ['a', 'b', 'c'].map((s) => out.filter(({ stream }) => stream === s).map(({ n }) => n));
        };
        expect(run((n) => cuts[n] === true)).toEqual(run(() => true));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('lets a row go that has waited, although its stream has gone quiet', () => {
    const buffer = new ReorderBuffer<{ ts: number; arrivedAt: number; stream: string }>(5);
    buffer.push({ ts: 100, arrivedAt: 101, stream: 'quiet' });
    for (let t = 101; t < 112; t++) buffer.push({ ts: t, arrivedAt: t, stream: 'busy' });
    expect(buffer.release().map(({ stream }) => stream)).not.toContain('quiet');
    expect(buffer.release(113).map(({ stream }) => stream)).toContain('quiet');
  });
});

describe('a scoring stage', () => {
  let model: Model;
  beforeAll(async () => {
    const rows = Array.from({ length: 31 * 600 }, (_, i) =>
      record({ ts: FROM + Math.floor(i / 600) * DAY + (i % 600), uid: `C${Math.floor(i / 600)}` }),
    );
    model = await trainOn(rows, { rowsPerKey: 20_000 });
  });

  const columns = {
    uid: 'C9',
    'id.orig_h': '10.0.0.1',
    'id.orig_p': 1,
    'id.resp_h': '10.0.0.2',
    'id.resp_p': 502,
    unit: 1,
    func: 'READ_COILS',
    pdu_type: 'REQ',
  };
  const arrivals = [0, 1, 2, 2.4, 3.4, 3.1, 4.4, 5.4, 5.8, 7, 8, 9, 8.3, 10, 11].map((s, n): Arrival => {
    const ts = FROM + 40 * DAY + s;
    const ingested = new Date((FROM + 40 * DAY + n + 1) * 1000).toISOString();
    const row = { log: 'modbus', sensor: undefined, columns: { ...columns, ts } };
    return { index: 'i', id: String(n), ingested, document: {}, row };
  });
  const ids = (findings: readonly Finding[]) => findings.map(({ arrival }) => arrival.id);

  it('finds the same whenever it is killed and goes on from its checkpoint', () => {
    const undisturbed = new ScoringStage(new Scorer(model), 2);
    const expected = [...arrivals.flatMap((a) => ids(undisturbed.push([a]))), ...ids(undisturbed.flush())];
    expect(expected.length).toBeGreaterThan(2);
    for (let kill = 0; kill < arrivals.length; kill++) {
      const first = new ScoringStage(new Scorer(model), 2);
      const found = arrivals.slice(0, kill).flatMap((a) => ids(first.push([a])));
      const state = stageStateSchema.parse(stored(first.state()));
      const second = new ScoringStage(new Scorer(model), 2);
      second.restore(state, first.held());
      found.push(...arrivals.slice(kill).flatMap((a) => ids(second.push([a]))), ...ids(second.flush()));
      expect(found).toEqual(expected);
    }
  });
});

describe('a group ledger', () => {
  const group = (key: string): Group => ({ key, shift: 1, kind: 'attempts' });

  it('counts on after a restart as if there had been none', () => {
    const [whole, before, after] = [
      new GroupLedger<number>(),
      new GroupLedger<number>(),
      new GroupLedger<number>(),
    ];
    const take = (ledger: GroupLedger<number>, i: number) =>
      ledger.take(group(`k${i % 3}`), `s${i % 50}`, i, i);
    for (let i = 0; i < 300; i++) take(whole, i);
    for (let i = 0; i < 120; i++) take(before, i);
    after.restore(before.state().map((state) => groupStateSchema.parse(stored(state))));
    for (let i = 120; i < 300; i++) take(after, i);
    for (let i = 300; i < 303; i++) expect(take(after, i)).toEqual(take(whole, i));
  });

  it('keeps the number of the sources that a checkpoint has no room for', () => {
    const ledger = new GroupLedger<number>();
    for (let k = 0; k < 25; k++) for (let i = 0; i < 10_000; i++) ledger.take(group(`k${k}`), `s${i}`, k, i);
    const state = ledger.state();
    expect(state.reduce((sum, { sources }) => sum + sources.length, 0)).toBe(200_000);
    const restored = new GroupLedger<number>();
    restored.restore(state);
    expect(restored.take(group('k0'), 's0', 26, 0).count).toEqual({ records: 10_001, sources: 10_000 });
  });

  it('forgets a group that was quiet for a day', () => {
    const ledger = new GroupLedger<number>();
    ledger.take(group('old'), 's', 0, 0);
    ledger.take(group('new'), 's', 86_401, 0);
    expect(ledger.size).toBe(1);
  });
});
