import { describe, expect, it } from 'vitest';
import { Inventory } from '../../../src/anomaly/assetContext.js';
import { parseAssetFile } from '../../../src/anomaly/assetFile.js';

describe('an inventory file', () => {
  it('is CSV or YAML with the same meaning', () => {
    const csv =
      'address,name,criticality,safety_instrumented_system,expected_partners\n10.0.0.1,plc,high,yes,10.0.0.2; 10.0.0.3\n';
    const yaml =
      'assets:\n  - address: 10.0.0.1\n    name: plc\n    criticality: high\n    safety_instrumented_system: true\n    expected_partners: [10.0.0.2, 10.0.0.3]\n';
    expect(parseAssetFile('a.csv', csv)).toEqual(parseAssetFile('a.yaml', yaml));
  });

  it('is refused whole, with every problem and its place', () => {
    const csv = 'address,name,criticality\n10.0.0.999,plc,high\n10.0.0.1,,low\n10.0.0.2,x,enormous\n';
    expect(() => parseAssetFile('a.csv', csv)).toThrow(
      /3 problems[\s\S]*line 2 address[\s\S]*line 3 name[\s\S]*line 4 criticality/,
    );
    expect(() => parseAssetFile('a.csv', 'address,name,colour\n10.0.0.1,x,red\n')).toThrow(/colour/);
    expect(() => parseAssetFile('a.csv', 'address,name\n10.0.0.1,x\n10.0.0.1,y\n')).toThrow(
      /line 3: 10\.0\.0\.1 stands in line 2 too/,
    );
    for (const text of ['', 'address,name\n', '"unclosed'])
      expect(() => parseAssetFile('a.csv', text)).toThrow();
    const aliased = '- &a { address: 10.0.0.1, name: plc }\n- *a\n';
    expect(() => parseAssetFile('a.yaml', aliased)).toThrow(/not YAML.*alias/);
    for (const text of ['just text', '- [', 'a: 1']) expect(() => parseAssetFile('a.yaml', text)).toThrow();
  });
});

describe('the inventory', () => {
  const inventory = new Inventory([
    { address: '10.0.0.0/8', name: 'site' },
    { address: '10.1.0.0/16', name: 'line' },
    { address: '10.1.0.5', name: 'old' },
    { address: '10.1.0.5', name: 'plc' },
    { address: 'fd00::/8', name: 'six' },
  ]);
  it.each([
    ['10.1.0.5', 'plc'],
    ['10.1.0.6', 'line'],
    ['10.2.0.1', 'site'],
    ['fd00::1', 'six'],
    ['192.168.0.1', undefined],
    ['not an address', undefined],
  ])('finds for %s the most specific and newest: %s', (address, name) => {
    expect(inventory.find(address)?.name).toBe(name);
  });
});
