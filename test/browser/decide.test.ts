import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAll } from '../../src/elasticsearch/triageStore.js';
import { annotationDocument, draftDocument } from '../../src/triage/annotation.js';
import { type DecisionSite, decisionSite, PASSWORD } from '../elasticsearch/decisionSite.js';
import { allOf, writeAlerts } from '../elasticsearch/triageSite.js';
import { alertDocument, reading } from '../fixtures/alerts.js';
import { hasChromium, launch } from './chromium.js';

/** Set to a folder, screenshots for the documentation are left there. */
const SHOTS = process.env['OT_ANOMALY_SCREENSHOTS'];

describe.runIf(hasChromium())('in a browser without JavaScript', () => {
  let site: DecisionSite;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    site = await decisionSite();
    await fill(site);
    browser = await launch();
    context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1100, height: 760 } });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function shot(name: string, fullPage = false): Promise<void> {
    if (SHOTS === undefined) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage });
  }

  it('an analyst signs in, opens an alert, is refused a dismissal without a reason, gives one, and is its author', async () => {
    await page.goto(`${site.url}/`);
    await shot('sign-in');
    await page.getByLabel('Name').fill(site.analysts[0]);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await shot('queue');

    await page.getByRole('link', { name: /historian/ }).click();
    await page.getByRole('heading', { name: 'An AI’s opinion: advice only' }).waitFor();
    await shot('alert', true);
    await page.getByLabel('Dismiss: it is known and harmless').check();
    await page.getByRole('button', { name: /Store the decision/ }).click();
    const refusal = page.getByRole('alert');
    await refusal.waitFor();
    expect(await refusal.textContent()).toContain('A justification is needed');
    expect(await page.getByLabel('Dismiss: it is known and harmless').isChecked()).toBe(true);
    expect(await allOf(site.admin, 'decision', site.namespace)).toEqual([]);
    await shot('refused');

    const reason = 'The historian moved to 10.0.9.9 on Monday; its owner and the work order confirm it.';
    await page.getByLabel(/^Justification/).fill(reason);
    await page.getByRole('button', { name: /Store the decision/ }).click();
    await page.getByText('Your decision is stored').waitFor();
    const [stored] = await allOf(site.admin, 'decision', site.namespace);
    expect(stored?._source).toMatchObject({
      user: { name: site.analysts[0] },
      ot_anomaly: { decision: { action: 'dismiss', justification: reason, ai_recommended_dismissal: true } },
    });
    await page.getByRole('link', { name: 'Back to the queue' }).click();
    expect(await page.getByRole('link', { name: /historian/ }).count()).toBe(0);
  });

  it('the keyboard alone reaches and sends the form', async () => {
    await page.goto(`${site.url}/alerts/writer`);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to content');
    await page.getByLabel('True positive: it is real').focus();
    await page.keyboard.press('Space');
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab');
      if ((await page.locator(':focus').getAttribute('type')) === 'submit') break;
    }
    await page.keyboard.press('Enter');
    await page.getByText('Your decision is stored').waitFor();
  });

  it('a link from another site leads to the page, though the session’s cookie stays away at first', async () => {
    const other = await context.newPage();
    await other.route('https://kibana.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<a href="${site.url}/alerts/writer">open</a>` }),
    );
    await other.goto('https://kibana.example/');
    await other.getByRole('link', { name: 'open' }).click();
    await other.getByRole('heading', { name: 'What happened' }).waitFor();
    await other.close();
  });

  it.each([
    [
      'light',
      [
        '/sign-in',
        '/',
        '/alerts/writer',
        '/alerts/drifting',
        '/hand-over',
        '/approvals',
        '/health',
        '/nothing',
      ],
    ],
    // The same markup in other colours: the pages that use them all.
    ['dark', ['/sign-in', '/alerts/writer', '/hand-over']],
  ] as const)('no page has a serious accessibility fault (%s)', async (colorScheme, paths) => {
    // axe itself is a script; the pages still get none of their own.
    const tested = await browser.newContext({
      colorScheme,
      bypassCSP: true,
      viewport: { width: 1100, height: 760 },
    });
    await tested.addCookies(await context.cookies());
    const faults: string[] = [];
    for (const path of paths) {
      const view = await tested.newPage();
      await view.goto(`${site.url}${path}`);
      const { violations } = await new AxeBuilder({ page: view }).analyze();
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical') faults.push(`${path} ${id}: ${nodes[0]?.html}`);
      if (SHOTS !== undefined && colorScheme === 'dark' && path === '/hand-over')
        await view.screenshot({ path: `${SHOTS}/hand-over-dark.png` });
      await view.close();
    }
    await tested.close();
    expect(faults).toEqual([]);
  });
});

/** A few alerts as a shift may find them. */
async function fill(site: DecisionSite): Promise<void> {
  const { namespace } = site;
  const minutesAgo = (n: number) => ({ '@timestamp': new Date(Date.now() - n * 60_000).toISOString() });
  const asset = (address: string, name: string, more = {}) => ({
    address,
    name,
    zone: 'Level 1',
    owner: 'Operations',
    ...more,
  });
  await writeAlerts(site.scorer, namespace, [
    {
      id: 'historian',
      document: alertDocument(
        {
          ...reading,
          source_asset: asset('10.0.9.9', 'Historian', { type: 'historian', zone: 'Level 3' }),
          destination_asset: asset('10.0.1.5', 'Boiler controller', { type: 'plc', criticality: 'high' }),
        },
        {
          ...minutesAgo(12),
          message:
            '10.0.9.9 (historian) → 10.0.1.5:502, READ_HOLDING_REGISTERS: never seen as a source in 31 days of baseline',
        },
      ),
    },
    {
      id: 'writer',
      document: alertDocument({ destination_asset: asset('10.0.1.5', 'Boiler controller') }, minutesAgo(45)),
    },
    {
      id: 'drifting',
      document: alertDocument(
        {
          ...reading,
          detector: 'drift',
          chart: 'interval|modbus|…',
          group: { id: 'd', kind: 'drift' },
          score: -0.31,
        },
        {
          ...minutesAgo(5),
          message: '10.0.1.2 → 10.0.1.7:502, READ_COILS: the interval between requests drifted up',
          event: { kind: 'alert', severity: 73, risk_score: 70 },
        },
      ),
    },
  ]);
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const opinion = annotationDocument({
    alert: { id: 'historian', index },
    namespace,
    answer: {
      classification: 'likely_benign',
      confidence: 0.91,
      reasoning: 'The source is listed as the historian, it only reads, and reads are its purpose.',
      recommended_analyst_actions: ['Ask the owner of the historian whether its address changed.'],
      data_gaps: ['A work order that names the change of address.'],
    },
    how: { outcome: 'answered', guardrails: [], techniques: [], modelClassification: 'likely_benign' },
    provenance: {
      promptVersion: '1.0',
      promptSha256: '0'.repeat(64),
      modelRequested: 'example-model',
      pseudonymised: true,
      latencyMs: 2_100,
    },
    now: new Date(),
  });
  await createAll(site.triage, 'triage', namespace, [{ id: 'opinion', document: opinion }], true);
  const draft = draftDocument({
    alert: { id: 'writer', index },
    namespace,
    proposal: { target: 'network_rule', text: 'Block 10.0.9.9 at the firewall of level 2.' },
    proposedBy: 'llm-triage',
    now: new Date(),
  });
  await createAll(site.triage, 'recommendation', namespace, [{ id: 'draft', document: draft }], true);
}
