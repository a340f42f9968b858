import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SensorTelling } from '../../../src/sensor/condition.js';
import { SensorHealth } from '../../../src/sensor/sensorHealth.js';
import { type SensorSign, toSensorSign } from '../../../src/sensor/sensorSign.js';
import { sensorHealthSchema } from '../../../src/sensor/sensorState.js';

/** A Monday, eight o'clock UTC: the beginning of a shift and of a window. */
const T = Date.parse('2026-03-02T08:00:00Z') / 1000;
const HOUR = 3600;

function sign(log: string, at: number, columns: Record<string, unknown> = {}, sensor = 'north'): SensorSign {
  return toSensorSign({ log, sensor, columns: { ts: at, ...columns } }, at);
}
const loss = (at: number, percent_lost: number) => sign('capture_loss', at, { percent_lost });
const message = (at: number, delay = 1, sensor = 'north') => sign('modbus', at, { ts: at - delay }, sensor);
const conn = (at: number, columns: Record<string, unknown>) =>
  sign('conn', at, { proto: 'tcp', duration: 1, ...columns });
const whole = { history: 'ShADadFf', orig_bytes: 1_000, resp_bytes: 2_000, missed_bytes: 0 };

const brief = (tellings: readonly SensorTelling[]) =>
  tellings.map(({ sensor, kind, what, at }) => `${sensor} ${kind} ${what} ${Math.round(at - T)}`);

/** One row every `step` seconds. */
function every(step: number, from: number, to: number, make: (at: number) => SensorSign): SensorSign[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => make(from + i * step));
}

describe('sensor health', () => {
  it('tells once of a sensor that loses packets, abstains meanwhile, and tells when it has ended', () => {
    const health = new SensorHealth();
    expect(brief(health.take([loss(T, 0.2), loss(T + 900, 12), loss(T + 1800, 7)]))).toEqual([
      'north capture_loss began 1210',
    ]);
    expect(health.abstention('north', T + 1209)).toBeUndefined();
    expect(health.abstention('north', T + 1210)).toMatch(/north did not see 12\.0 % of the segments/);
    expect(health.abstention('south', T + 1210)).toBeUndefined();
    expect(health.conditions).toBe(1);
    expect(brief(health.take([loss(T + 2700, 0)]))).toEqual([]);
    expect(brief(health.advance(T + 3100))).toEqual(['north capture_loss ended 3010']);
    expect(health.conditions).toBe(0);
    // Rows that arrived before are judged only now: they were not to be judged.
    expect(health.abstention('north', T + 3009)).toMatch(/7\.0 %/);
    expect(health.abstention('north', T + 3010)).toBeUndefined();
  });

  it('tells again in each further shift, and ends what nothing was heard of for two hours', () => {
    const health = new SensorHealth();
    const tellings = health.take(every(900, T, T + 17 * HOUR, (at) => loss(at, 5)));
    expect(brief(tellings)).toEqual([
      'north capture_loss began 310',
      `north capture_loss lasts ${8 * HOUR + 310}`,
      `north capture_loss lasts ${16 * HOUR + 310}`,
    ]);
    expect(brief(health.advance(T + 20 * HOUR)).filter((text) => text.includes('capture_loss'))).toEqual([
      expect.stringContaining('north capture_loss ended'),
    ]);
  });

  it('sums missed bytes of connections', () => {
    const health = new SensorHealth();
    const gaps = [conn(T, { ...whole, missed_bytes: 200 }), conn(T + 9, { ...whole, resp_bytes: 20_000 })];
    expect(brief([...health.take([...gaps, conn(T + 20, whole)]), ...health.advance(T + 310)])).toEqual([]);
    health.take([conn(T + 320, { ...whole, orig_bytes: 40_000, missed_bytes: 4_000 })]);
    const [telling] = health.advance(T + 610);
    expect(telling?.evidence.text).toBe(
      'north missed 4000 of 46000 payload bytes (8.7 %) of 1 connections (conn.log); at most 1 % is usual',
    );
  });

  it('knows one-sided flows from a flood of attempts and from datagrams', () => {
    const health = new SensorHealth();
    const attempts = every(0.1, T, T + 200, (at) => conn(at, { history: 'S' }));
    const datagrams = every(1, T, T + 200, (at) => conn(at, { proto: 'udp', history: 'D' }));
    const good = every(5, T, T + 200, (at) => conn(at, whole));
    expect(health.take([...attempts, ...datagrams, ...good])).toEqual([]);
    expect(health.advance(T + 310)).toEqual([]);
    const half = every(5, T + 320, T + 580, (at) =>
      conn(at, at % 10 === 0 ? whole : { ...whole, history: 'SADF' }),
    );
    health.take(half);
    const [telling] = health.advance(T + 610);
    expect(telling?.kind).toBe('one_sided_flows');
    expect(telling?.evidence.observed).toBe('26 of 52 connections');
  });

  it('waits for enough connections over several windows', () => {
    const health = new SensorHealth();
    const tellings = health.take(every(100, T, T + 2_500, (at) => conn(at, { ...whole, history: 'SADF' })));
    expect(brief(tellings)).toEqual(['north one_sided_flows began 2110']);
  });

  it.each([
    ['an hour ahead', -3600, /stamped up to 3600 s ahead of their arrival/],
    ['an hour behind', 3600, /stamped 3600 s to 3600 s before their arrival, steadily/],
  ])('tells of a clock that is %s', (_, delay, text) => {
    const health = new SensorHealth();
    health.take(every(1, T, T + 60, (at) => message(at, delay)));
    const [telling] = health.advance(T + 310);
    expect(telling?.kind).toBe('clock_skew');
    expect(telling?.evidence.text).toMatch(text);
  });

  it.each([
    ['logs of months ago that are brought in', () => 200 * 86_400],
    ['a backlog that drains', (at: number) => 2_000 - 6 * (at - T)],
    ['one row in a hundred with a wrong time', (at: number) => (at % 100 === 0 ? -5_000 : 1)],
  ])('takes %s for no wrong clock', (_, delay) => {
    const health = new SensorHealth();
    health.take(every(1, T, T + 290, (at) => message(at, delay(at))));
    expect(health.advance(T + 310)).toEqual([]);
  });

  it('tells of a sensor that falls silent, once, and when it is heard again', () => {
    const health = new SensorHealth();
    expect(health.take(every(10, T, T + 4 * HOUR, (at) => message(at)))).toEqual([]);
    const last = 4 * HOUR - 10;
    expect(health.advance(T + last + 300)).toEqual([]);
    expect(brief(health.advance(T + last + 302))).toEqual([`north silent began ${last + 300}`]);
    expect(health.advance(T + last + 400)).toEqual([]);
    expect(health.abstention('north', T + last + 301)).toMatch(/north has sent no row for 400 s/);
    const back = T + last + 1_000;
    expect(brief(health.take([message(back)]))).toEqual([`north silent ended ${last + 1_000}`]);
    expect(health.abstention('north', back + 59)).toBeDefined();
    expect(health.abstention('north', back + 60)).toBeUndefined();
  });

  it('finds a silence in what arrived while no scorer ran, but not where rows were held up on their way', () => {
    const run = (delay: number) => {
      const health = new SensorHealth();
      health.take(every(10, T, T + 4 * HOUR, (at) => message(at)));
      return brief(health.take([message(T + 5 * HOUR, delay)]));
    };
    expect(run(1)).toEqual([`north silent began ${4 * HOUR + 290}`, `north silent ended ${5 * HOUR}`]);
    expect(run(3_590)).toEqual([]);
  });

  it('says nothing of the silence of a sensor that it has not heard for long, or that often pauses', () => {
    const young = new SensorHealth();
    young.take(every(10, T, T + 2 * HOUR, (at) => message(at)));
    expect(young.advance(T + 9 * HOUR)).toEqual([]);
    const pausing = new SensorHealth();
    pausing.take(every(600, T, T + 24 * HOUR, (at) => message(at)));
    expect(pausing.advance(T + 25 * HOUR)).toEqual([]);
  });

  const signs = fc.array(
    fc.record({
      pause: fc.integer({ min: 1, max: 400 }),
      kind: fc.constantFrom('loss', 'message', 'conn'),
      bad: fc.boolean(),
      sensor: fc.constantFrom('north', 'south'),
    }),
    { minLength: 200, maxLength: 300 },
  );

  it('is the same after a restart at any moment, and however rows are cut into pages', () => {
    fc.assert(
      fc.property(signs, fc.integer({ min: 0, max: 199 }), (made, kill) => {
        let at = T;
        const rows = made.map(({ pause, kind, bad, sensor }) => {
          at += pause;
          if (kind === 'loss') return sign('capture_loss', at, { percent_lost: bad ? 9 : 0 }, sensor);
          if (kind === 'message') return message(at, bad ? -100 : 1, sensor);
          return sign('conn', at, { proto: 'tcp', ...whole, missed_bytes: bad ? 900 : 0 }, sensor);
        });
        const undisturbed = new SensorHealth();
        const expected = rows.flatMap((row) => undisturbed.take([row]));
        const first = new SensorHealth();
        const told = first.take(rows.slice(0, kill));
        const second = new SensorHealth();
        second.restore(sensorHealthSchema.parse(JSON.parse(JSON.stringify(first.state()))));
        told.push(...second.take(rows.slice(kill)));
        expect(told).toEqual(expected);
        expect(second.state()).toEqual(undisturbed.state());
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('remembers a bounded number of sensors', () => {
    const health = new SensorHealth();
    for (let i = 0; i < 1_500; i++) health.take([message(T + i, 1, `s${i}`)]);
    expect(health.state().sensors.length).toBe(1_000);
  });
});
