import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The path of a chromium on this machine; undefined if there is none. */
export function chromiumPath(): string | undefined {
  const named = process.env['CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome-stable']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/**
 * Whether tests in a browser can run here. Where `OT_ANOMALY_REQUIRE_CHROMIUM` is set (in CI it is) a missing
 * browser is a failure, elsewhere it is said aloud.
 */
export function hasChromium(): boolean {
  if (chromiumPath() !== undefined) return true;
  const advice = 'Install it (Debian: apt-get install chromium) or name it in CHROMIUM.';
  if (process.env['OT_ANOMALY_REQUIRE_CHROMIUM'] === '1') throw new Error(`no chromium was found. ${advice}`);
  process.stderr.write(`\nSKIPPED: no chromium was found, so no page is tested in a browser. ${advice}\n\n`);
  return false;
}

export async function launch(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('no chromium');
  // Root in a container has no user namespaces for chromium's own sandbox; it opens our own pages only.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
