import { describe, expect, it } from 'vitest';
import { sidecarSettings } from '../../../src/config/sidecar.js';
import type { Decision } from '../../../src/decision/standing.js';
import { safeNext } from '../../../src/sidecar/guard.js';
import { LockOut } from '../../../src/sidecar/lockOut.js';
import { escapeMarkup, viewRenderer } from '../../../src/sidecar/render.js';
import { Sessions } from '../../../src/sidecar/sessions.js';
import { credentialOf } from '../../../src/sidecar/signIn.js';
import { ofDecision } from '../../../src/sidecar/soar/notifications.js';
import { decision } from '../../fixtures/decisions.js';

describe('the decision server’s settings', () => {
  it('listen on loopback by default, and nowhere else without TLS or a proxy that is named', () => {
    expect(sidecarSettings({})).toMatchObject({ host: '127.0.0.1', port: 8686, tls: undefined, proxies: [] });
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.0.0.1.example.org'])
      expect(() => sidecarSettings({ OT_ANOMALY_SIDECAR_HOST: host })).toThrow(/in the clear/);
    const behind = {
      OT_ANOMALY_SIDECAR_HOST: '0.0.0.0',
      OT_ANOMALY_SIDECAR_PROXIES: '10.0.0.5, 10.1.0.0/24',
    };
    expect(sidecarSettings(behind).proxies).toEqual(['10.0.0.5', '10.1.0.0/24']);
  });

  it('name every problem at once, without the values', () => {
    const problems = () =>
      sidecarSettings({
        OT_ANOMALY_SIDECAR_PORT: '99999',
        OT_ANOMALY_SIDECAR_COLOUR: 'red',
        OT_ANOMALY_SOAR_SECRETS: 'hunter2',
        OT_ANOMALY_NOTIFY_URL: 'http://soar.example/',
        OT_ANOMALY_SIDECAR_TICKET: '(',
      });
    expect(problems).toThrow(/PORT[\s\S]*SOAR_SECRETS|COLOUR[\s\S]*PORT/);
    for (const name of ['PORT', 'COLOUR', 'SOAR_SECRETS', 'NOTIFY_URL', 'TICKET'])
      expect(problems).toThrow(name);
    expect(problems).not.toThrow('hunter2');
    expect(() => sidecarSettings({ OT_ANOMALY_NOTIFY_URL: 'https://soar.example/' })).toThrow(
      'NOTIFY_SECRET',
    );
    expect(() => sidecarSettings({ OT_ANOMALY_SIDECAR_TLS_CERT: 'c.pem' })).toThrow('TLS_KEY');
  });
});

describe('a lock-out', () => {
  it('closes a name at an address after five failures for a quarter of an hour, and not elsewhere', () => {
    let now = 0;
    const lock = new LockOut(() => now);
    for (let i = 0; i < 5; i++) {
      expect(lock.waitSeconds('Anna', '10.0.0.1')).toBe(0);
      lock.begin('anna', '10.0.0.1');
    }
    expect(lock.waitSeconds('ANNA', '10.0.0.1')).toBe(900);
    expect(lock.waitSeconds('anna', '10.0.0.2')).toBe(0);
    expect(lock.waitSeconds('bert', '10.0.0.1')).toBe(0);
    now = 901_000;
    expect(lock.waitSeconds('anna', '10.0.0.1')).toBe(0);
  });

  it('closes a name that fifty addresses try', () => {
    const lock = new LockOut(() => 0);
    for (let i = 0; i < 50; i++) lock.begin('anna', `10.0.0.${i}`);
    expect(lock.waitSeconds('anna', '10.0.9.9')).toBe(900);
  });

  it('closes no key for others: it counts at its address only', () => {
    const lock = new LockOut(() => 0);
    for (let i = 0; i < 99; i++) lock.begin(undefined, `10.0.0.${i % 25}`);
    expect(lock.waitSeconds(undefined, '10.0.9.9')).toBe(0);
    for (let i = 0; i < 5; i++) lock.begin(undefined, '10.0.9.9');
    expect(lock.waitSeconds(undefined, '10.0.9.9')).toBe(900);
  });

  it('counts no success, and no attempt that Elasticsearch never answered', () => {
    const lock = new LockOut(() => 0);
    for (let i = 0; i < 100; i++) {
      lock.begin('anna', 'here');
      if (i % 2 === 0) lock.succeeded('anna', 'here');
      else lock.undo('anna', 'here');
    }
    expect(lock.waitSeconds('anna', 'here')).toBe(0);
  });
});

describe('sessions', () => {
  const principal = {
    username: 'anna',
    fullName: '',
    roles: [],
    mayRead: true,
    mayDecide: true,
    mayDraft: false,
    mayTamper: false,
  };
  const client = () => {
    const closed = { count: 0, close: async () => void closed.count++ };
    return closed;
  };
  type Opened = Parameters<Sessions['open']>[1];

  it('end when they are idle or old, and close what holds the credential', () => {
    let now = 0;
    const sessions = new Sessions({ idleMs: 100, lifetimeMs: 250, now: () => now });
    const held = client();
    const id = sessions.open(principal, held as unknown as Opened) ?? '';
    expect(id).toMatch(/^[\w-]{43}$/);
    for (now = 90; now <= 180; now += 90) expect(sessions.find(id)).toBeDefined();
    now = 251;
    expect(sessions.find(id)).toBeUndefined();
    expect(held.count).toBe(1);
    const idle = sessions.open(principal, client() as unknown as Opened) ?? '';
    now += 101;
    expect(sessions.find(idle)).toBeUndefined();
  });

  it('are five a person at most: the oldest ends', () => {
    const sessions = new Sessions({ idleMs: 100, lifetimeMs: 100, now: () => 0 });
    const ids = Array.from(
      { length: 6 },
      () => sessions.open(principal, client() as unknown as Opened) ?? '',
    );
    expect(ids.map((id) => sessions.find(id) !== undefined)).toEqual([false, true, true, true, true, true]);
  });
});

describe('what others chose', () => {
  it('becomes neither markup nor a turn of the reading direction', () => {
    expect(escapeMarkup('<script>"\'`&')).toBe('&lt;script&gt;&quot;&#39;&#96;&amp;');
    expect(escapeMarkup('a\u202eb\u200bc\u0000d\u{E0041}e\n')).toBe('abcde\n');
    expect(escapeMarkup(undefined)).toBe('');
    const html = viewRenderer()('error', { title: '<b>', text: '<i onclick="x">' });
    expect(html).not.toMatch(/<b>|<i /);
  });

  it('leads to no other server after signing in', () => {
    for (const next of [
      '//evil.example',
      '/\\evil',
      '\\/evil',
      'https://evil',
      'javascript:1',
      '/a b',
      '/a\nb',
      '',
      7,
      undefined,
    ])
      expect(safeNext(next)).toBe('/');
    expect(safeNext('/alerts/a%2Fb?x=1#y')).toBe('/alerts/a%2Fb?x=1#y');
  });
});

describe('an Authorization header', () => {
  it('is read as one of three kinds of credential, or as none', () => {
    expect(credentialOf('ApiKey abc=')).toEqual({ kind: 'apiKey', encoded: 'abc=' });
    expect(credentialOf('bearer a.b.c')).toEqual({ kind: 'bearer', token: 'a.b.c' });
    const basic = (text: string) => credentialOf(`Basic ${Buffer.from(text).toString('base64')}`);
    expect(basic('anna:pass:word')).toEqual({ kind: 'basic', username: 'anna', password: 'pass:word' });
    for (const none of [undefined, '', 'ApiKey', 'Digest abc', 'ApiKey a b', `ApiKey ${'x'.repeat(9_000)}`])
      expect(credentialOf(none)).toBeUndefined();
    for (const none of ['anna', ':', 'anna:', ':word']) expect(basic(none)).toBeUndefined();
  });
});

describe('a notification of a decision', () => {
  const asks = (of: Decision, all: readonly Decision[]) =>
    ofDecision(of, { id: 'a', index: 'i' }, undefined, all).data['human_confirmation_required'];

  it('may start something, unless people contradict each other about the alert or the draft', () => {
    const [escalate, dismiss] = [decision('anna', 'escalate'), decision('bert', 'dismiss')];
    const draft = { recommendationId: 'r' };
    const [confirm, reject] = [decision('anna', 'confirm', draft), decision('bert', 'reject', draft)];
    expect(asks(escalate, [escalate])).toBe(false);
    expect(asks(escalate, [escalate, dismiss])).toBe(true);
    expect(asks(confirm, [confirm])).toBe(false);
    expect(asks(confirm, [confirm, reject])).toBe(true);
  });
});
