import type { Step } from '../activity.js';
import { attemptRow } from '../attemptRow.js';
import type { Plc } from '../host.js';
import { generator, integer } from '../random.js';
import { MINUTE, toIso } from '../time.js';
import { zeekUid } from '../uid.js';
import type { Scenario } from './scenario.js';

/** As many as the product must bear: 16,000 sources in a minute. */
const SOURCES = 16_000;
const LASTS = MINUTE;

/** SYNs from invented sources, one each, to port 502 of one PLC: none is answered once it is busy. */
export const flood: Scenario = {
  name: 'flood',
  summary: 'within a minute 16,000 invented sources send a SYN to port 502 of one PLC',
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const { address } = plant.plcs[0] as Plc;
    const random = generator(key);
    const uids: string[] = [];
    const steps: Step[] = [];
    for (let i = 0; i < SOURCES; i++) {
      const now = at + Math.floor((i * LASTS) / SOURCES);
      const uid = zeekUid(random);
      uids.push(uid);
      const row = attemptRow({
        at: now,
        uid,
        client: invented(plant.network, i),
        clientPort: integer(random, 1_024, 65_535),
        stack: 'linux',
        server: address,
        answer: 'none',
        answersAfter: 0,
        syns: 1,
      });
      steps.push({ at: now, rows: [row] });
    }
    const label = {
      from: toIso(at),
      to: toIso(at + LASTS),
      uids,
      source: `${plant.network}.0.0/16`,
      destination: address,
      note: 'SYN flood from invented sources',
    };
    return { labels: [label], activities: [{ name: 'flood', steps: () => steps.values() }] };
  },
};

/** Each i another address of the plant's own network, in subnets 128 to 191, which hold no device. */
function invented(network: string, i: number): string {
  return `${network}.${128 + Math.floor(i / 250)}.${1 + (i % 250)}`;
}
