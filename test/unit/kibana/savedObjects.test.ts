import { describe, expect, it } from 'vitest';
import { DECISIONS_URL } from '../../../src/kibana/dataViews.js';
import { kibanaFiles, savedObjects } from '../../../src/kibana/files.js';
import {
  controlsOf,
  lensOf,
  panelsOf,
  readShipped,
  searchSourceOf,
  shippedObjects,
} from '../../fixtures/savedObjects.js';

const objects = shippedObjects();
const dashboards = objects.filter(({ type }) => type === 'dashboard');
const GRID_COLUMNS = 48;

it.each([...kibanaFiles()])('%s as committed is what its descriptions make', (name, text) => {
  expect(readShipped(name), 'run "npm run kibana:build" and commit what it writes').toEqual(
    text.split('\n').slice(0, -1),
  );
});

it('makes the same bytes each time', () => {
  expect([...kibanaFiles()]).toEqual([...kibanaFiles()]);
});

it('keeps the ids that sites have already imported', () => {
  const ids = objects.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^ot_anomaly-[a-z0-9_-]+$/);
  const named = (type: string) =>
    objects.filter((object) => object.type === type).map(({ id }) => id.replace('ot_anomaly-', ''));
  expect(named('dashboard').join(' ')).toBe(
    'ot-overview triage-queue alert-verdicts alert-investigation asset attack-for-ics model-and-governance ai-oversight scorer-health',
  );
  expect(named('index-pattern').join(' ')).toBe(
    'sources anomalies triage recommendations decisions cases newest-word audit deployments reviews incidents assets maintenance holds checkpoints scorer-metrics',
  );
  expect(
    named('search')
      .filter((name) => !name.startsWith('search-log-'))
      .join(' '),
  ).toBe(
    'search-alerts search-anomalies search-source-rows search-unread-rows search-audit search-triage search-recommendations search-decisions search-deployments search-reviews search-incidents search-maintenance search-assets search-cases search-holds search-checkpoints search-heartbeats',
  );
});

it('ships no version that late 8.x or 9.0 would refuse as newer than itself', () => {
  const versions = new Map(objects.map(({ type, typeMigrationVersion }) => [type, typeMigrationVersion]));
  expect(Object.fromEntries(versions)).toEqual({
    tag: '8.0.0',
    'index-pattern': '8.0.0',
    search: '10.5.0',
    dashboard: '10.2.0',
  });
});

it('refers to nothing that it does not ship', () => {
  const known = new Set(objects.map(({ type, id }) => `${type}:${id}`));
  for (const { references } of objects) {
    for (const { type, id } of references) expect(known).toContain(`${type}:${id}`);
    const names = references.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});

it('loads nothing from outside and links to the page of an alert only', () => {
  const text = JSON.stringify(savedObjects());
  const addresses = [...text.matchAll(/https?:\/\/[^\s"\\)]+/g)].map(([address]) => address);
  expect(new Set(addresses)).toEqual(new Set([`${DECISIONS_URL}/alerts/{{value}}`]));
  expect(text).not.toMatch(/!\[[^\]]*\]\(|<img|<script|"type":"externalLink"/);
});

describe.each(dashboards.map((dashboard) => [dashboard.id, dashboard] as const))('%s', (_, dashboard) => {
  const panels = panelsOf(dashboard);
  const names = new Set(dashboard.references.map(({ name }) => name));

  it('has panels with places of their own on the grid', () => {
    const taken = new Set<string>();
    for (const { panelIndex, gridData } of panels) {
      expect(gridData.i).toBe(panelIndex);
      expect(gridData.x + gridData.w).toBeLessThanOrEqual(GRID_COLUMNS);
      for (let x = gridData.x; x < gridData.x + gridData.w; x += 1)
        for (let y = gridData.y; y < gridData.y + gridData.h; y += 1) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
    }
    expect(new Set(panels.map(({ panelIndex }) => panelIndex)).size).toBe(panels.length);
  });

  it('repeats every reference of a panel by value under the panel, and holds no other', () => {
    const expected = new Set(['kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index']);
    for (const panel of panels) {
      const inner = referenceNames(panel.embeddableConfig);
      for (const name of inner) expected.add(`${panel.panelIndex}:${name}`);
      if (panel.panelRefName !== undefined) expected.add(`${panel.panelIndex}:${panel.panelRefName}`);
    }
    for (const { id } of controlsOf(dashboard)) expected.add(`controlGroup_${id}:optionsListDataView`);
    const others = [...names].filter((name) => !name.startsWith('tag-ref-'));
    expect(new Set(others)).toEqual(expected);
  });

  it('is tagged, filtered, and made of Lens, markdown, links and searches only', () => {
    expect([...names].some((name) => name.startsWith('tag-ref-'))).toBe(true);
    expect(searchSourceOf(dashboard).filter).toHaveLength(1);
    for (const panel of panels.filter(({ type }) => type === 'visualization'))
      expect(panel.embeddableConfig['savedVis']).toMatchObject({ type: 'markdown' });
  });

  it('shows every column of every chart, and says what it shows', () => {
    for (const panel of panels.filter(({ type }) => type === 'lens')) {
      expect(panel.title).not.toBe('');
      const { state } = lensOf(panel);
      const layers = Object.values(state.datasourceStates.formBased.layers);
      expect(layers).toHaveLength(1);
      for (const { columns, columnOrder } of layers) {
        expect(new Set(columnOrder)).toEqual(new Set(Object.keys(columns)));
        const shown = JSON.stringify(state.visualization);
        for (const id of columnOrder) expect(shown).toContain(id);
        const bucketed = columnOrder.map((id) => columns[id]?.isBucketed);
        expect(bucketed).toEqual([...bucketed].sort((a, b) => Number(b) - Number(a)));
      }
    }
  });
});

/** Names of references that a panel holds by value: Lens layers, links, drilldowns. */
function referenceNames(config: Readonly<Record<string, unknown>>): readonly string[] {
  const text = JSON.stringify(config);
  const layers = [...text.matchAll(/"name":"(indexpattern-datasource-layer-[^"]+)"/g)];
  const links = [...text.matchAll(/"destinationRefName":"([^"]+)"/g)];
  const events = [...text.matchAll(/"eventId":"([^"]+)"/g)];
  return [
    ...[...layers, ...links].flatMap(([, name]) => name ?? []),
    ...events.map(([, id]) => `drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:${id}:dashboardId`),
  ];
}
