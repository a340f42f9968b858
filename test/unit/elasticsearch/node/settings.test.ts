import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { heapOptions, nodeSettings, settingsYaml } from '../../../../src/elasticsearch/node/settings.js';

const paths = { data: '/run folder/data: #1', logs: '/run folder/logs' };
const ours = {
  paths,
  httpPort: 0,
  isTemporary: false,
  version: '9.4.3',
  modules: ['x-pack-security', 'x-pack-inference'],
};

describe('the settings of a local node', () => {
  it('switch security on and listen on the loopback interface only', () => {
    expect(nodeSettings(ours)).toMatchObject({
      'xpack.security.enabled': true,
      'network.host': '127.0.0.1',
      'discovery.type': 'single-node',
      'http.port': 0,
      'transport.port': 0,
      'cluster.routing.allocation.disk.threshold_enabled': false,
    });
  });

  it('name no setting that the build lacks, which would stop it from starting', () => {
    const names = Object.keys(nodeSettings(ours));
    expect(names.filter((name) => /geoip|\.ml\./.test(name))).toEqual([]);
  });

  it('keep a complete distribution from downloading and from memory it does not need', () => {
    const full = { ...ours, version: '9.2.0', modules: ['ingest-geoip', 'x-pack-ml', 'x-pack-inference'] };
    const settings = nodeSettings(full);
    expect(settings).toMatchObject({ 'ingest.geoip.downloader.enabled': false, 'xpack.ml.enabled': false });
    expect(Object.keys(settings).filter((name) => name.includes('inference'))).toEqual([]);
  });

  it('are written as YAML that reads back the same, whatever the paths hold', () => {
    expect(load(settingsYaml(ours))).toEqual(nodeSettings(ours));
  });

  it('hold no password', () => expect(settingsYaml(ours)).not.toMatch(/password/i));
});

describe('a node whose data goes with it', () => {
  it('has quick hashes of passwords, which no other has', () => {
    const algorithm = 'xpack.security.authc.password_hashing.algorithm';
    expect(nodeSettings({ ...ours, isTemporary: true })[algorithm]).toBe('bcrypt4');
    expect(nodeSettings(ours)).not.toHaveProperty([algorithm]);
  });
});

describe('the heap', () => {
  it('has one size from the start', () => expect(heapOptions(512)).toEqual(['-Xms512m', '-Xmx512m']));
});
