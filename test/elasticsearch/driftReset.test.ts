import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '../fixtures/visitor.js';
import { type DecisionSite, decisionSite, PASSWORD } from './decisionSite.js';
import { eventually, type LiveSite, liveSite, recordingLog } from './liveSite.js';
import { startFollowing } from './scoredSite.js';

/* From the alert to the decision of a person to the chart of the scorer that runs, and back to an alert. */

const HOUR = 3_600;
const SHIFT = 8 * HOUR;
/** Hours of the drift that a shift sees: two close, and the CUSUM is over its limit. */
const HOURS = 4;
const ROWS_AN_HOUR = 12;
const PREFIX = 'interval|modbus|';

interface Alert {
  readonly _id: string;
  readonly _source: {
    readonly '@timestamp': string;
    readonly event: { readonly kind: string };
    readonly ot_anomaly: { readonly chart: string; readonly score: number };
  };
}

let live: LiveSite;
let server: DecisionSite;

beforeAll(async () => {
  live = await liveSite();
  server = await decisionSite({ beside: live.site });
}, 300_000);
afterAll(async () => {
  await server?.close();
  live?.site.remove();
});

/** Rows by the detector `drift`, below the line, oldest first. */
async function drifts(): Promise<readonly Alert[]> {
  await live.admin.indices.refresh({ index: live.site.anomalies });
  const { hits } = await live.admin.search({
    index: live.site.anomalies,
    size: 1_000,
    query: {
      bool: {
        filter: [
          { term: { 'ot_anomaly.detector': 'drift' } },
          { range: { 'ot_anomaly.score': { lt: -0.15 } } },
        ],
      },
    },
    sort: [{ '@timestamp': 'asc' }],
  });
  return hits.hits as unknown as readonly Alert[];
}

describe('a latched drift', () => {
  it('stays until an analyst resets it at the decision server, and alerts again in the next shift if it goes on', async () => {
    const { drift } = live.site.model.model.baseline;
    const [key, reference] =
      Object.entries(drift).find(
        ([name, { mean }]) => name.startsWith(PREFIX) && name.endsWith('|READ_COILS') && mean > 2,
      ) ?? [];
    if (key === undefined || reference === undefined) throw new Error('no chart to drift in this plant');
    const [source = '', destination = '', , , unit = '', func = ''] = key
      .slice(PREFIX.length)
      .split('|')
      .slice(2);
    const slower = reference.mean + 12 * reference.sd;
    let hours = 0;
    /** `count` hours of polls `interval` seconds apart, from `from` on */
    const poll = async (from: number, count: number, interval: number) => {
      for (let h = 0; h < count; h++) {
        hours += 1;
        const rows = Array.from({ length: ROWS_AN_HOUR }, (_, i) =>
          live.request({
            ts: from + h * HOUR + i * interval,
            uid: `Cdrift${hours}`,
            'id.orig_h': source,
            'id.resp_h': destination,
            unit: Number(unit),
            func,
            tid: i,
          }),
        );
        await live.write(rows);
      }
    };
    const { log, lines } = recordingLog('info');
    const scorer = startFollowing(live.site, { log });
    try {
      await scorer.ready;
      const first = Math.floor(Date.now() / 1000 / SHIFT) * SHIFT - 2 * SHIFT;
      await poll(first, HOURS, slower);
      const [alert] = await eventually(drifts, (found) => found.length > 0);
      expect(alert?._source).toMatchObject({ event: { kind: 'alert' }, ot_anomaly: { chart: key } });

      const anna = new Visitor(server.url);
      await anna.signIn(server.analysts[0], PASSWORD);
      await anna.open(`/alerts/${alert?._id}`);
      await anna.submit(`/alerts/${alert?._id}/decisions`, {
        action: 'reset_drift',
        justification:
          'The scan class was slowed on Monday under change order, seen on the engineering station.',
      });
      expect(anna.html).toContain('Your decision is stored');
      const told = await eventually(
        async () => lines.join(''),
        (text) => text.includes('drift chart reset'),
      );
      expect(told).toContain('drift chart reset by a decision');

      // The rest of the shift: the sum begins at zero, so that one hour more is no drift yet.
      const before = (await drifts()).length;
      await poll(first + HOURS * HOUR, 1, slower);
      await poll(first + SHIFT, HOURS, slower);
      const again = await eventually(drifts, (found) => found.some((one) => isLater(one, first + SHIFT)));
      const later = again.slice(before);
      expect(later.every((one) => isLater(one, first + SHIFT))).toBe(true);
      const alerts = again.filter(({ _source }) => _source.event.kind === 'alert');
      expect(alerts.map(({ _source }) => _source.ot_anomaly.chart)).toEqual([key, key]);
      expect(alerts[1]?._id).not.toBe(alerts[0]?._id);
    } finally {
      await scorer.stop();
    }
  });
});

function isLater({ _source }: Alert, seconds: number): boolean {
  return Date.parse(_source['@timestamp']) / 1000 >= seconds;
}
