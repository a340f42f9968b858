import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAll } from '../../src/elasticsearch/triageStore.js';
import { storeModel } from '../../src/registry/store.js';
import { annotationDocument, draftDocument } from '../../src/triage/annotation.js';
import type { Answer } from '../../src/triage/answer.js';
import { type DecisionSite, decisionSite, PASSWORD } from '../elasticsearch/decisionSite.js';
import { allOf, writeAlerts } from '../elasticsearch/triageSite.js';
import { alertDocument, reading } from '../fixtures/alerts.js';
import { regularModel } from '../fixtures/regularRelation.js';
import { hasChromium, launch } from './chromium.js';

/** Set to a folder, screenshots for the documentation are left there. */
const SHOTS = process.env['OT_ANOMALY_SCREENSHOTS'];

describe.runIf(hasChromium())('in a browser without JavaScript', () => {
  let site: DecisionSite;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const models = mkdtempSync(join(tmpdir(), 'ot-anomaly-models-'));
    const { sha256 } = storeModel(models, await regularModel('isolation-forest'));
    site = await decisionSite({ models });
    await fill(site, sha256);
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
    await page.getByLabel('Name').fill(site.analysts[0]);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await shot('queue');

    await page.getByRole('link', { name: /historian/ }).click();
    await page.getByRole('heading', { name: 'An AI’s opinion: advice only' }).waitFor();
    await page.getByLabel('Dismiss: it is known and harmless').check();
    await page.getByRole('button', { name: /Store the decision/ }).click();
    const refusal = page.getByRole('alert');
    await refusal.waitFor();
    expect(await refusal.textContent()).toContain('A justification is needed');
    expect(await page.getByLabel('Dismiss: it is known and harmless').isChecked()).toBe(true);
    expect(await allOf(site.admin, 'decision', site.namespace)).toEqual([]);

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

  it('an alert is drawn against its model’s baseline, and says the same in words', async () => {
    await page.goto(`${site.url}/alerts/drifting`);
    const charts = page.getByRole('img');
    expect(await charts.count()).toBe(2);
    expect(await charts.first().locator('title').textContent()).toMatch(
      /^Bytes sent by the source: observed 900 bytes; \d+ rows .* The baseline never held a value like it\.$/,
    );
    await shot('alert', true);
    await page.goto(`${site.url}/alerts/late`);
    expect(await page.getByRole('img').locator('title').allTextContents()).toEqual([
      expect.stringMatching(/^Interval .*: observed 4\.2 s; \d+ rows of the baseline lie from .* never held/),
    ]);
    await page.goto(`${site.url}/alerts/writer`);
    await page.getByText('holds no interval and no bytes of this relation').waitFor();
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

const ends = (source: string, destination: string) => ({
  source: { address: source, ip: source, port: 40_000 },
  destination: { address: destination, ip: destination, port: 502 },
});

/** A row as our own streams keep it. */
const row = (
  log: 'modbus' | 'conn',
  source: string,
  destination: string,
  columns: Record<string, unknown>,
) => ({
  '@timestamp': '2026-02-01T12:00:00.000Z',
  event: { kind: 'event' },
  ot_zeek: { log },
  ...ends(source, destination),
  network: { protocol: 'modbus' },
  zeek: {
    ts: 1_769_947_200,
    session_id: 'C1',
    [log]: log === 'modbus' ? { unit: 1, pdu_type: 'REQ', ...columns } : columns,
  },
});

/** A few alerts as a shift may find them. */
async function fill(site: DecisionSite, sha256: string): Promise<void> {
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
      document: alertDocument(
        {
          destination_asset: asset('10.0.1.5', 'Boiler controller'),
          model: { sha256, lab: false },
          zeek: {
            log: 'modbus',
            document: row('modbus', '10.0.9.9', '10.0.1.5', { func: 'WRITE_MULTIPLE_REGISTERS' }),
          },
        },
        minutesAgo(45),
      ),
    },
    {
      id: 'drifting',
      document: alertDocument(
        {
          ...reading,
          detector: 'drift',
          chart: 'origBytes|-|-|10.0.0.1|10.0.0.2|502|modbus|-',
          group: { id: 'd', kind: 'drift', records: 1 },
          score: -0.31,
          model: { sha256, lab: false },
          evidence: [
            {
              detector: 'drift',
              feature: 'origBytes',
              observed: '900 bytes',
              usual: '250 ± 1 bytes',
              text: 'the payload bytes from the originator of a connection drifted up since yesterday 04:00',
            },
          ],
          source_asset: asset('10.0.0.1', 'SCADA server', { type: 'scada', zone: 'Level 2' }),
          destination_asset: asset('10.0.0.2', 'Feed water controller', { type: 'plc', criticality: 'high' }),
          zeek: {
            log: 'conn',
            document: row('conn', '10.0.0.1', '10.0.0.2', { orig_bytes: 900, resp_bytes: 500 }),
          },
        },
        {
          ...minutesAgo(5),
          ...ends('10.0.0.1', '10.0.0.2'),
          message:
            '10.0.0.1 → 10.0.0.2:502 (modbus): the payload bytes from the originator of a connection drifted up (score -0.31, line -0.15)',
          event: { kind: 'alert', severity: 73, risk_score: 70 },
        },
      ),
    },
    {
      id: 'late',
      document: alertDocument(
        {
          ...reading,
          detector: 'isolation_forest',
          function_code: 'READ_COILS',
          interval: 4.2,
          model: { sha256, lab: false },
          zeek: { log: 'modbus', document: row('modbus', '10.0.0.1', '10.0.0.2', { func: 'READ_COILS' }) },
        },
        {
          ...minutesAgo(3),
          ...ends('10.0.0.1', '10.0.0.2'),
          message:
            '10.0.0.1 → 10.0.0.2:502 (modbus unit 1), READ_COILS: 4.2 s since the previous request; usual is 1 s',
          event: { kind: 'alert', severity: 47, risk_score: 50 },
        },
      ),
    },
  ]);
  const index = `logs-ot_anomaly.anomaly-${namespace}`;
  const opinion = (id: string, answer: Answer) => ({
    id: `opinion-${id}`,
    document: annotationDocument({
      alert: { id, index },
      namespace,
      answer,
      how: {
        outcome: 'answered',
        guardrails: [],
        techniques: [],
        modelClassification: answer.classification,
      },
      provenance: {
        promptVersion: '1.0',
        promptSha256: '0'.repeat(64),
        modelRequested: 'example-model',
        pseudonymised: true,
        latencyMs: 2_100,
      },
      now: new Date(),
    }),
  });
  const opinions = [
    opinion('historian', {
      classification: 'likely_benign',
      confidence: 0.91,
      reasoning: 'The source is listed as the historian, it only reads, and reads are its purpose.',
      recommended_analyst_actions: ['Ask the owner of the historian whether its address changed.'],
      data_gaps: ['A work order that names the change of address.'],
    }),
    opinion('drifting', {
      classification: 'requires_investigation',
      confidence: 0.7,
      reasoning:
        'Requests of the SCADA server have been growing since yesterday and no work is planned. A changed poll list would do that; so would somebody reading more than before.',
      recommended_analyst_actions: [
        'Compare the poll list with its last backup.',
        'Ask who worked on the SCADA server yesterday.',
      ],
      data_gaps: ['What the additional bytes ask for.'],
    }),
  ];
  await createAll(site.triage, 'triage', namespace, opinions, true);
  const draft = draftDocument({
    alert: { id: 'writer', index },
    namespace,
    proposal: { target: 'network_rule', text: 'Block 10.0.9.9 at the firewall of level 2.' },
    proposedBy: 'llm-triage',
    now: new Date(),
  });
  await createAll(site.triage, 'recommendation', namespace, [{ id: 'draft', document: draft }], true);
}
