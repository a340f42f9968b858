import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/model/artifact.js';
import { modelCard } from '../../../src/model/card.js';
import { buildHistograms } from '../../../src/model/training/sampledRows.js';
import { record } from '../../fixtures/records.js';
import { DAY, FROM, trainOn } from '../../fixtures/smallModel.js';

const DIGEST = 'f'.repeat(64);
const polls = Array.from({ length: 31 * 24 * 4 }, (_, i) => record({ ts: FROM + i * 900, uid: 'C1' }));
const model = await trainOn(polls, { trees: 2, compare: false });

/** The card, on one line, of the model with something else in its baseline. */
function cardOf(changed: Partial<Baseline>): string {
  return modelCard({ ...model, baseline: { ...model.baseline, ...changed } }, DIGEST).replaceAll('\n', ' ');
}

describe('the model card', () => {
  it('names the sources of which no first exception is told, in text that is no Markdown', () => {
    const request = (source: string, plc: number) =>
      `modbus||-|${source}|10.0.0.${plc}|502|modbus|1|READ_COILS`;
    const counted = (source: string, refused: number) =>
      Object.fromEntries(
        Array.from({ length: 4 }, (_, plc) => [
          request(source, plc),
          { rows: 100, exceptions: plc < refused ? 1 : 0 },
        ]),
      );
    expect(cardOf({ exceptions: counted('10.0.0.9', 1) })).toContain(
      'The first one of a request that never had any is told of. ',
    );
    const card = cardOf({ exceptions: { ...counted('10.0.0.9', 1), ...counted('`<b>`', 2) } });
    expect(card).toContain('is told of, but not of ` <b> `: some of their requests had some');
  });

  it('says where a single odd short sequence took a pool its voice', () => {
    const short = (plc: number, rows: number, intervalOf: (i: number) => number) =>
      Array.from({ length: rows }, (_, i) => ({
        record: record({ ts: FROM + (i * 30 * DAY) / rows, 'id.resp_h': `10.0.1.${plc}` }),
        interval: intervalOf(i),
        weight: 1,
      }));
    const regular = Array.from({ length: 30 }, (_, plc) =>
      short(plc, 60, (i) => 3600 * (1 + 0.01 * (((i * 7 + plc) % 5) - 2))),
    ).flat();
    const odd = short(66, 24, (i) => (i === 5 || i === 17 ? 438 : 3600));
    expect(cardOf(buildHistograms(regular))).toContain(
      '30 are judged by the pool of their function code (0 of them by one',
    );
    expect(cardOf(buildHistograms([...regular, ...odd]))).toContain(
      '31 are judged by the pool of their function code (31 of them by one too scattered to accuse',
    );
  });
});
