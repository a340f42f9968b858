import type { Step } from '../activity.js';
import { type AttemptAnswer, attemptRow } from '../attemptRow.js';
import { childKey, generator, integer, type RandomGenerator, uniform } from '../random.js';
import { MILLISECOND, toIso } from '../time.js';
import { zeekUid } from '../uid.js';
import { intruder } from './intruder.js';
import type { Scenario } from './scenario.js';

const HOSTS = 254;
/** Between two SYNs, microseconds: about 60 a second. */
const PACE = { least: 8 * MILLISECOND, most: 25 * MILLISECOND };
/** Addresses without a PLC that refuse: switches, gateways. The others don't answer. */
const REFUSES = 0.03;

/** One source sends a SYN to port 502 of each address of the PLCs' subnet: rows without service or payload. */
export const scan: Scenario = {
  name: 'scan',
  summary: "an unknown address SYN-scans port 502 over the PLCs' subnet",
  protocol: 'modbus',
  inject({ plant, at, key }) {
    const source = intruder(plant, childKey(key, 'source'), 40);
    const subnet = `${plant.network}.10`;
    const plcs = new Set(plant.plcs.map((plc) => plc.address));
    const random = generator(childKey(key, 'scan'));
    const uids: string[] = [];
    const steps: Step[] = [];
    let now = at;
    for (let host = 1; host <= HOSTS; host++) {
      const server = `${subnet}.${host}`;
      const uid = zeekUid(random);
      uids.push(uid);
      const row = attemptRow({
        at: now,
        uid,
        client: source.address,
        clientPort: integer(random, 32_768, 60_999),
        stack: source.stack,
        server,
        answer: answerOf(plcs.has(server), random),
        answersAfter: integer(random, 200, 1_500),
        syns: 1,
      });
      steps.push({ at: now, rows: [row] });
      now += integer(random, PACE.least, PACE.most);
    }
    const label = {
      from: toIso(at),
      to: toIso(now),
      uids,
      source: source.address,
      destination: `${subnet}.0/24`,
      note: 'SYN scan of port 502; an open port is reset at once',
    };
    const activity = { name: 'scan', steps: () => steps.values() };
    return { labels: [label], activities: [activity] };
  },
};

function answerOf(plc: boolean, random: RandomGenerator): AttemptAnswer {
  const draw = uniform(random);
  return plc ? 'open' : draw < REFUSES ? 'refused' : 'none';
}
