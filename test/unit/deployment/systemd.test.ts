import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/packageRoot.js';

const folder = packagePath('deployment/systemd');
const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
const units = files.filter(([name]) => name.endsWith('.service'));

/** What keeps a service that was taken over from anything but its own work. */
const CONFINED = [
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectKernelTunables=yes',
  'RestrictNamespaces=yes',
  'SystemCallFilter=@system-service',
  'UMask=0077',
];

describe('systemd units', () => {
  it('are there for each part that stays up, each under a user of its own', () => {
    const users = units.map(([, text]) => /^User=(.+)$/m.exec(text)?.[1]);
    expect(units.length).toBeGreaterThan(1);
    expect(new Set(users).size).toBe(units.length);
    expect(users).not.toContain('root');
  });

  it('stay up or have a timer: reviews are scanned for and the boundary is verified every hour', () => {
    const text = (name: string) => Object.fromEntries(files)[name] ?? '';
    expect(text('ot-anomaly-review.service')).toMatch(/ot-anomaly review scan --every 60/);
    expect(text('ot-anomaly-boundary.service')).toMatch(/ot-anomaly boundary verify/);
    expect(text('ot-anomaly-boundary.timer')).toMatch(/OnBootSec=2min\nOnUnitActiveSec=1h/);
    for (const [name, unit] of units)
      if (/^Type=oneshot/m.test(unit))
        expect(files.map(([other]) => other)).toContain(name.replace('.service', '.timer'));
      else expect(unit).toMatch(/^Restart=always$/m);
  });

  it.each(units)('%s is confined, and starts a command that there is', (_, text) => {
    for (const line of CONFINED) expect(text.split('\n')).toContain(line);
    const command = /^ExecStart=\/usr\/bin\/env ot-anomaly ([a-z]+)/m.exec(text)?.[1];
    expect(readdirSync(packagePath('src/commands'))).toContain(`${command}.ts`);
  });

  it.each(units)('%s takes its secrets from files that it alone may read', (_, text) => {
    const loaded = [...text.matchAll(/^LoadCredential=([^:]+):/gm)].map(([, name]) => name);
    const read = [...text.matchAll(/^Environment=\w+_FILE=%d\/(.+)$/gm)].map(([, name]) => name);
    // The decision server signs in with what analysts type; the others have a key of their own.
    if (!text.includes('ot-anomaly sidecar')) expect(loaded.length).toBeGreaterThan(0);
    expect(read.sort()).toEqual(loaded.sort());
    expect(text).not.toMatch(/^Environment=\w*(KEY|PASSWORD|TOKEN|SECRET)=/m);
  });
});
