import { describe, expect, it } from 'vitest';
import { attackTraffic } from '../../../src/governance/retrain/attackTraffic.js';
import { loadProfile } from '../../../src/profiles/load.js';
import { trafficQuery } from '../../../src/profiles/queries.js';

/** 10:00 UTC, in the shift from 8:00 to 16:00. */
const AT = Date.parse('2026-02-02T10:00:00Z') / 1000;
const span = { from: AT - 2 * 3600, to: AT + 6 * 3600 };
const seen = (source: string, destination: string, port = 502, ts = AT) => ({
  source,
  destination,
  port,
  ts,
});

describe('the traffic of a confirmed attack', () => {
  it('is that of its two ends for the whole shift, whatever few of its rows were told', () => {
    expect(attackTraffic([seen('10.0.0.9', '10.0.0.1'), seen('10.0.0.9', '10.0.0.1', 502, AT + 60)])).toEqual(
      [{ source: '10.0.0.9', destination: '10.0.0.1', port: 502, ...span }],
    );
  });

  it('is everything of one host that went to many, and everything to one port that came from many', () => {
    expect(attackTraffic([seen('10.0.0.9', '10.0.0.1'), seen('10.0.0.9', '10.0.0.2')])).toEqual([
      { source: '10.0.0.9', ...span },
    ]);
    expect(attackTraffic([seen('10.0.0.8', '10.0.0.1'), seen('10.0.0.9', '10.0.0.1')])).toEqual([
      { destination: '10.0.0.1', port: 502, ...span },
    ]);
  });

  it('is nothing where nothing was seen', () => {
    expect(attackTraffic([])).toEqual([]);
  });

  it('is asked for in both directions: a convention may name the ends of the message', () => {
    const [traffic] = attackTraffic([seen('10.0.0.9', '10.0.0.1')]);
    if (traffic === undefined) throw new Error('no traffic');
    expect(JSON.stringify(trafficQuery(loadProfile(), traffic))).toMatch(
      /10\.0\.0\.9.*10\.0\.0\.1.*502.*10\.0\.0\.1.*10\.0\.0\.9/,
    );
  });
});
