import { describe, expect, it } from 'vitest';
import { parseAssetFile } from '../../../src/anomaly/assetFile.js';
import { assetsCsv } from '../../../src/simulator/assets.js';
import { buildPlant, newSourceRows, plantAssets, simulatePlant } from '../../../src/simulator/index.js';
import { plantAddresses } from '../../../src/simulator/plant.js';
import { HOUR, record, START, text } from './recorded.js';

describe('a plant', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(buildPlant({ seed: 7, plcs: 12 })).toEqual(buildPlant({ seed: 7, plcs: 12 }));
    expect(buildPlant({ seed: 7, plcs: 12 })).not.toEqual(buildPlant({ seed: 8, plcs: 12 }));
  });

  it('keeps its PLCs when it grows', () => {
    const small = buildPlant({ seed: 7, plcs: 5 });
    expect(buildPlant({ seed: 7, plcs: 25 }).plcs.slice(0, 5)).toEqual(small.plcs);
  });

  it('has private addresses, each once, up to a thousand PLCs', () => {
    const plant = buildPlant({ seed: 1, plcs: 1_000 });
    const addresses = plantAddresses(plant);
    expect(addresses.size).toBe(1_004);
    for (const address of addresses) expect(address).toMatch(/^10\.\d{1,3}\.\d{1,3}\.\d{1,3}$/);
  });

  it('refuses numbers of PLCs that no plant has', () => {
    for (const plcs of [0, 1_001, 2.5, Number.NaN])
      expect(() => buildPlant({ seed: 1, plcs })).toThrow(/1 to 1000 PLCs/);
  });

  it('has an inventory that names every host, expects exactly the pairs that talk, and imports', () => {
    const { plant, rows } = record({ plcs: 12, seconds: 4 * 24 * HOUR, observe: 3 });
    const assets = plantAssets(plant);
    expect(assets.map(({ address }) => address).sort()).toEqual([...plantAddresses(plant)].sort());
    const partners = new Map(assets.map((asset) => [asset.address, asset.expected_partners.split(';')]));
    const talked = new Set(rows.map((row) => `${text(row, 'id.orig_h')} ${text(row, 'id.resp_h')}`));
    for (const [client = '', plc = ''] of [...talked].map((pair) => pair.split(' '))) {
      expect(partners.get(plc)).toContain(client);
      expect(partners.get(client)).toContain(plc);
    }
    const imported = parseAssetFile('assets.csv', assetsCsv(plant));
    expect(imported.length).toBe(assets.length);
    expect(imported.filter((asset) => asset.safety_instrumented_system === true).length).toBe(1);
  });
});

describe('activities', () => {
  it('write the rows that they write in the whole plant, those left out none', () => {
    const plant = buildPlant({ seed: 42, plcs: 5 });
    const window = { plant, from: START, to: START + HOUR, thinning: { observeSecondsPerHour: HOUR } };
    const rowsOf = (activities?: RegExp) => {
      const rows = [...simulatePlant({ ...window, ...(activities === undefined ? {} : { activities }) })];
      return rows.map(({ log, row }) => `${log} ${JSON.stringify(row)}`).sort();
    };
    const [polled, others] = [rowsOf(/^scada>/), rowsOf(/^(?!scada)/)];
    expect(polled.length).toBeGreaterThan(0);
    expect(others.length).toBeGreaterThan(0);
    expect([...polled, ...others].sort()).toEqual(rowsOf());
  });
});

describe('newSourceRows', () => {
  const plant = buildPlant({ seed: 42, plcs: 10 });
  const rows = (count: number, seed = 1) => newSourceRows({ plant, at: START, count, seed });

  it.each([1, 2, 3, 20, 21])('gives exactly %i rows of one source and connection, conn last', (count) => {
    const all = rows(count);
    expect(all.length).toBe(count);
    expect(new Set(all.map(({ row }) => row['uid'])).size).toBe(1);
    expect(new Set(all.map(({ row }) => row['id.orig_h'])).size).toBe(1);
    expect(all.map(({ log }) => log).indexOf('conn')).toBe(count - 1);
    expect(all.every(({ row }) => row['id.resp_p'] === 502)).toBe(true);
  });

  it('gives a source that the plant does not have, another for another seed, in order of time', () => {
    const sources = new Set([1, 2, 3].map((seed) => rows(5, seed)[0]?.row['id.orig_h']));
    expect(sources.size).toBe(3);
    for (const source of sources) expect(plantAddresses(plant).has(String(source))).toBe(false);
    const times = rows(20)
      .slice(0, -1)
      .map(({ row }) => Number(row['ts']));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(START);
    expect(times[0]).toBeLessThan(START + 0.2);
  });
});
