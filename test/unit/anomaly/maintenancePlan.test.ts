import { describe, expect, it } from 'vitest';
import { MaintenancePlan, type PlannedWindow } from '../../../src/anomaly/maintenancePlan.js';

const window = (of: Partial<PlannedWindow>): PlannedWindow => ({
  calendar: 'c',
  uid: 'u',
  summary: 'work',
  start: 1_000_000,
  end: 2_000_000,
  assets: [],
  zones: [],
  ...of,
});
const source = { address: '10.0.1.7', asset: { address: '10.0.1.7', name: 'historian', zone: 'level3' } };
const destination = { address: '10.0.2.9', asset: undefined };
const matched = (of: Partial<PlannedWindow>, at = 1_500) =>
  new MaintenancePlan([window(of)]).at(at, source, destination).map((one) => one.matched);

describe('a maintenance plan', () => {
  it('finds windows of the whole site, of an asset by address, network and name, and of a zone', () => {
    expect(matched({})).toEqual(['site']);
    expect(matched({ assets: ['10.0.1.7'] })).toEqual(['source']);
    expect(matched({ assets: ['10.0.2.0/24'] })).toEqual(['destination']);
    expect(matched({ assets: ['10.0.0.0/16'] })).toEqual(['source and destination']);
    expect(matched({ assets: ['historian'] })).toEqual(['source']);
    expect(matched({ zones: ['level3'] })).toEqual(['source']);
    expect(matched({ assets: ['10.0.3.1', 'other'], zones: ['dmz'] })).toEqual([]);
    expect(matched({ assets: ['fe80::/10'] })).toEqual([]);
  });

  it('holds from the start on and until the end, which is not in it', () => {
    expect([999.9, 1_000, 1_999.9, 2_000].map((at) => matched({}, at).length)).toEqual([0, 1, 1, 0]);
  });

  it('tells of ten at most', () => {
    const plan = new MaintenancePlan(Array.from({ length: 30 }, () => window({})));
    expect(plan.at(1_500, source, destination)).toHaveLength(10);
  });
});
