import { describe, expect, it } from 'vitest';
import type { Recording } from '../../../src/simulator/activity.js';
import {
  type Conversation,
  conversation,
  type Exchange,
} from '../../../src/simulator/conversations/conversation.js';
import { runConversation } from '../../../src/simulator/conversations/runConversation.js';
import type { Host } from '../../../src/simulator/host.js';
import { rootKey } from '../../../src/simulator/random.js';
import { SECOND, toSeconds } from '../../../src/simulator/time.js';

const host = (address: string): Host => ({
  role: 'scada',
  name: address,
  address,
  vendor: 'none',
  stack: 'embedded',
});

/** An exchange whose row tells when its messages were sent, and which cycle it was. */
const exchange = (name: string, request: number, response: number): Exchange => ({
  messages: [
    { from: 'client', bytes: request, after: 0 },
    { from: 'server', bytes: response, after: 2_000 },
  ],
  rows: (_line, { times: [asked = 0, answered = 0], serial }) => [
    { log: 'dnp3', writtenAt: toSeconds(answered), row: { name, serial, asked, answered } },
  ],
});

function planned(changes: Partial<Conversation> = {}): Conversation {
  return conversation({
    key: rootKey(7),
    transport: 'tcp',
    service: 'dnp3_tcp',
    client: host('10.0.0.1'),
    server: host('10.0.0.2'),
    serverPort: 20_000,
    opensAt: 0,
    midstream: true,
    cycles: {
      period: SECOND,
      firstAt: SECOND,
      count: 100,
      jitter: 2_000,
      usual: [exchange('usual', 10, 100)],
      odd: [
        { index: 20, exchanges: [], recorded: false },
        { index: 50, exchanges: [exchange('odd', 11, 1_000)], recorded: true },
      ],
    },
    script: [{ at: 70.5 * SECOND, exchange: exchange('scripted', 7, 7) }],
    endsAt: 110 * SECOND,
    ending: 'client-closes',
    stretches: () => ({ from: 0, to: 1_000 * SECOND }),
    recordedUntil: 0,
    recordAround: false,
    ...changes,
  });
}

const recording: Recording = {
  from: 0,
  to: 1_000 * SECOND,
  thinning: { observeSecondsPerHour: 3600 },
  logs: new Set(['conn', 'dnp3']),
};
const rowsOf = (plan: Conversation) => [...runConversation(plan, recording)].flatMap(({ rows }) => rows);
const messagesOf = (plan: Conversation) =>
  rowsOf(plan)
    .filter(({ log }) => log !== 'conn')
    .map(({ row }) => row as { name: string; serial: number; asked: number; answered: number });
const connOf = (plan: Conversation) => rowsOf(plan).find(({ log }) => log === 'conn')?.row ?? {};

describe('a conversation', () => {
  it('counts in its conn row what it carries, recorded or not', () => {
    const expected = { orig_bytes: 98 * 10 + 11 + 7, resp_bytes: 98 * 100 + 1_000 + 7 };
    expect(connOf(planned())).toMatchObject(expected);
    const unseen = planned({ stretches: () => ({ from: 900 * SECOND, to: 901 * SECOND }) });
    expect(connOf(unseen)).toEqual(connOf(planned()));
  });

  it('records of its cycles the stretches, and always what is odd or scripted', () => {
    const thin = planned({ stretches: (at) => (at < 8 * SECOND ? { from: 0, to: 8 * SECOND } : NEVER) });
    const names = messagesOf(thin).map(({ name }) => name);
    expect(names).toEqual([...Array(7).fill('usual'), 'odd', 'scripted']);
    const whole = messagesOf(planned()).map((message) => JSON.stringify(message));
    expect(messagesOf(thin).every((message) => whole.includes(JSON.stringify(message)))).toBe(true);
  });

  it('records the cycles around a scripted exchange where they share a sequence with it', () => {
    const near = messagesOf(planned({ stretches: () => NEVER, recordAround: true }));
    expect(near.map(({ name, serial }) => [name, serial])).toEqual([
      ['odd', 50],
      ['usual', 68],
      ['usual', 69],
      ['scripted', 70],
      ['usual', 71],
      ['usual', 72],
    ]);
  });

  it('keeps its cycles on their grid, and answers after questions', () => {
    for (const { name, serial, asked, answered } of messagesOf(planned())) {
      expect(answered).toBeGreaterThan(asked);
      const cycle = serial > 70 ? serial - 1 : serial;
      if (name !== 'scripted') expect(Math.abs(asked - (cycle + 1) * SECOND)).toBeLessThan(SECOND / 10 + 1);
    }
  });

  it('over UDP has no handshake, uses one port on both sides, and is given up after a minute', () => {
    const udp = planned({ transport: 'udp', clientPort: 2222, serverPort: 2222, service: 'cip' });
    const conn = rowsOf(udp).find(({ log }) => log === 'conn');
    expect(conn?.row).toMatchObject({ proto: 'udp', service: 'cip', conn_state: 'SF', orig_pkts: 100 });
    expect(conn?.writtenAt).toBe(110 + 60);
    expect(Number(conn?.row['orig_ip_bytes'])).toBe(Number(conn?.row['orig_bytes']) + 100 * 28);
  });
});

const NEVER = { from: 900 * SECOND, to: 901 * SECOND };
