import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadProfile, parseProfile, profileNames } from '../../../src/profiles/load.js';
import { modelProfile, OWN_PROFILE } from '../../../src/profiles/modelProfile.js';
import { ProfileError } from '../../../src/profiles/profileError.js';
import { indicesOf, patternsOf } from '../../../src/profiles/queries.js';
import { requireSameProfile } from '../../../src/profiles/sameProfile.js';
import { SCORED_LOGS } from '../../../src/zeek/scoredLogs.js';
import { CONVENTIONS } from '../../fixtures/conventions/shape.js';
import { DAY, FROM, simulated, trainOn } from '../../fixtures/smallModel.js';

const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function problemsOf(text: string): string {
  try {
    parseProfile('mine.yml', text);
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'none';
}

describe('the profiles that ship', () => {
  it('are our own and one for each convention, each valid, named as its file', () => {
    expect(profileNames()).toEqual([...CONVENTIONS, 'ot_zeek'].sort());
    for (const name of profileNames()) expect(loadProfile(name).name).toBe(name);
  });

  it('say of every scored log how it is read, or why it is not', () => {
    for (const name of profileNames()) {
      const { logs, absent } = loadProfile(name);
      expect([...Object.keys(logs), ...Object.keys(absent)].sort()).toEqual([...SCORED_LOGS].sort());
    }
  });

  it('have digests of their own, and ours is the one that rows read from files get', () => {
    const digests = profileNames().map((name) => modelProfile(loadProfile(name)).sha256);
    expect(new Set(digests).size).toBe(digests.length);
    expect(modelProfile(loadProfile())).toEqual(OWN_PROFILE);
  });

  it('share no index pattern with our own streams', () => {
    const own = indicesOf(loadProfile(), 'default');
    expect(own).toBe('logs-ot_zeek.*-default');
    for (const name of CONVENTIONS) {
      for (const pattern of patternsOf(loadProfile(name), 'default')) {
        const regex = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        for (const log of SCORED_LOGS) expect(`logs-ot_zeek.${log}-default`).not.toMatch(regex);
      }
    }
  });

  it('name what is weaker in them, and ours names nothing', () => {
    expect(modelProfile(loadProfile()).limits).toEqual([]);
    expect(modelProfile(loadProfile('elastic')).limits.join('\n')).toMatch(/bytes are IP bytes/);
    expect(modelProfile(loadProfile('elastic')).limits.join('\n')).toMatch(/cip\.log is not read/);
    expect(modelProfile(loadProfile('security_onion')).limits.join('\n')).toMatch(/modbus\.log lacks unit/);
  });
});

describe('a profile of a site’s own', () => {
  it('is read from a file', () => {
    const path = join(folder, 'mine.yml');
    writeFileSync(path, minimal());
    expect(loadProfile(path)).toMatchObject({ name: 'mine', logs: { conn: { dataset: ['conn'] } } });
  });

  it('is refused with every problem and its path', () => {
    const text = minimal()
      .replace('service: [proto]', 'service: [proto]\n    columns: { func: x }')
      .replace('reads: wrongly', 'reads: wrongly')
      .replace('  cip: not indexed at this site\n', '');
    expect(problemsOf(text)).toBe(
      [
        'mine.yml: 2 problems',
        'logs.conn.columns.func: scoring reads no such column of conn; it reads none',
        'logs.cip: expected the log’s fields here, or under "absent" why it is not indexed',
      ].join('\n'),
    );
    const other = problemsOf(
      minimal()
        .replace('resolution: seconds', 'resolution: hours')
        .replace('name: mine', 'name: Mine\nnmae: x'),
    );
    expect(other).toMatch(/^name: /m);
    expect(other).toMatch(/^arrival\.resolution: /m);
    expect(other).toMatch(/nmae/);
  });

  it('is refused where it is no YAML, too large, has an alias, or excludes indices', () => {
    expect(problemsOf('a: [')).toMatch(/mine\.yml/);
    expect(problemsOf(`a: &a [1]\nb: *a`)).toMatch(/alias/i);
    expect(problemsOf(minimal().replace("['zeek-*']", "['-secret*']"))).toMatch(/logs\.conn\.index\.0/);
    const path = join(folder, 'large.yml');
    writeFileSync(path, 'x'.repeat(300_000));
    expect(() => loadProfile(path)).toThrow(/at most 262144 bytes/);
    expect(() => loadProfile(join(folder, 'none.yml'))).toThrow(/found neither/);
  });

  it('may change its indices and its reasons without making a model useless, and nothing else', () => {
    const digest = (text: string) => modelProfile(parseProfile('mine.yml', text)).sha256;
    const one = digest(minimal());
    expect(
      digest(minimal().replace('zeek-*', 'bro-*').replaceAll('not indexed at this site', 'no such traffic')),
    ).toBe(one);
    expect(
      digest(
        minimal().replace('meaning: payload', 'meaning: ip').replace('resp: r }', 'resp: r, history: h }'),
      ),
    ).not.toBe(one);
    expect(digest(minimal().replace('source: from', 'source: client'))).not.toBe(one);
  });
});

describe('a model', () => {
  it('refuses another profile, and says both and what to do', async () => {
    const { rows } = simulated(3, FROM, FROM + 14 * DAY);
    const model = await trainOn(rows, {
      to: FROM + 14 * DAY,
      acceptShortBaseline: true,
      trees: 2,
      rowsPerKey: 200,
    });
    const loaded = { sha256: 'a'.repeat(64), model, path: '' };
    expect(() => requireSameProfile(loaded, loadProfile())).not.toThrow();
    expect(() => requireSameProfile(loaded, loadProfile('elastic'))).toThrow(
      /was trained through profile ot_zeek \([0-9a-f]{12}, bytes: payload\), this run reads through elastic \([0-9a-f]{12}, bytes: ip\)/,
    );
    const changed = { ...loadProfile(), log_field: 'other' };
    expect(() => requireSameProfile(loaded, changed)).toThrow(/trained through profile ot_zeek/);
  });
});

function minimal(): string {
  const absent = SCORED_LOGS.filter((log) => log !== 'conn').map(
    (log) => `  ${log}: not indexed at this site\n`,
  );
  return `name: mine
title: Mine
read_from: our own mapping
log_field: kind
time: { field: '@timestamp' }
arrival: { field: arrived, resolution: seconds }
identity: { uid: uid, source: from, source_port: fp, destination: to, port: tp }
logs:
  conn:
    index: ['zeek-*']
    dataset: conn
    service: [proto]
    bytes: { meaning: payload, orig: o, resp: r }
absent:
${absent.join('')}`;
}
