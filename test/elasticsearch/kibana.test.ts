import type { Client, estypes } from '@elastic/elasticsearch';
import { beforeAll, describe, expect, it } from 'vitest';
import { ruleId } from '../../src/kibana/rules/detectionRule.js';
import { RULES } from '../../src/kibana/rules/index.js';
import { shippedRules } from '../fixtures/detectionRules.js';
import { aggregationsOf, queryString } from '../fixtures/lensSearch.js';
import {
  controlsOf,
  fieldsOfLucene,
  lensOf,
  panelsOf,
  searchSourceOf,
  shippedObjects,
  targetOf,
  viewOf,
} from '../fixtures/savedObjects.js';
import { cluster } from './cluster.js';
import { type KibanaSite, kibanaSite } from './kibanaSite.js';
import { ofNamespace, runRule } from './ruleRunner.js';

let admin: Client;
let data: KibanaSite;

beforeAll(async () => {
  admin = cluster();
  data = await kibanaSite(admin);
}, 600_000);

const objects = shippedObjects();
const byId = new Map(objects.map((object) => [object.id, object]));
const views = objects.filter(({ type }) => type === 'index-pattern');
const searches = objects.filter(({ type }) => type === 'search');
const dashboards = objects.filter(({ type }) => type === 'dashboard');
const charts = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard)
    .filter(({ type }) => type === 'lens')
    .map((panel) => [`${dashboard.id}: ${panel.title}`, dashboard, panel] as const),
);

function view(id: string) {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`no data view ${id}`);
  const { title, ...rest } = viewOf(found);
  return { ...rest, index: ofNamespace(title, data.namespace) };
}

async function capabilities(id: string): Promise<ReadonlySet<string>> {
  const { index, runtimeMappings } = view(id);
  const { fields } = await admin.fieldCaps({ index, fields: ['*'], runtime_mappings: runtimeMappings });
  return new Set(Object.keys(fields));
}

async function expectFields(id: string, names: readonly string[]): Promise<void> {
  const known = await capabilities(id);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
}

/** Searches as the panel does: its query, its dashboard's filter, the runtime fields of its data view. */
function search(id: string, queries: readonly string[], filters: readonly unknown[], body: object) {
  const { index, runtimeMappings } = view(id);
  return admin.search<unknown, Record<string, unknown>>({
    index,
    size: 0,
    runtime_mappings: runtimeMappings,
    query: {
      bool: { filter: [...queries.map(queryString), ...(filters as estypes.QueryDslQueryContainer[])] },
    },
    ...body,
  });
}

it.each(views.map((object) => [object.id, object] as const))(
  '%s formats, labels and computes fields that exist',
  async (id, object) => {
    const { formatted, labelled, runtimeMappings } = viewOf(object);
    await expectFields(id, ['@timestamp', ...formatted, ...labelled, ...Object.keys(runtimeMappings)]);
  },
);

it.each(searches.map((object) => [object.id, object] as const))(
  '%s names fields that exist',
  async (_, object) => {
    const id = targetOf(object, 'kibanaSavedObjectMeta.searchSourceJSON.index');
    const columns = object.attributes['columns'] as string[];
    await expectFields(id, [...columns, ...fieldsOfLucene(searchSourceOf(object).query.query)]);
  },
);

it.each(dashboards.map((object) => [object.id, object] as const))(
  '%s offers controls with values to choose from',
  async (_, dashboard) => {
    for (const { id, field } of controlsOf(dashboard)) {
      const target = targetOf(dashboard, `controlGroup_${id}:optionsListDataView`);
      await expectFields(target, [field]);
      const { aggregations } = await search(target, [], [], { aggs: { values: { terms: { field } } } });
      expect(aggregations?.['values'], field).toMatchObject({
        buckets: expect.arrayContaining([expect.anything()]),
      });
    }
  },
);

describe.each(charts)('%s', (_, dashboard, panel) => {
  const { state } = lensOf(panel);
  const [[layerId, layer] = ['', { columns: {}, columnOrder: [] }]] = Object.entries(
    state.datasourceStates.formBased.layers,
  );
  const id = targetOf(dashboard, `${panel.panelIndex}:indexpattern-datasource-layer-${layerId}`);
  const columns = Object.values(layer.columns);

  it('names fields that exist', async () => {
    const queries = [
      state.query.query,
      ...columns.flatMap(({ filter }) => filter?.query ?? []),
      ...columns.flatMap(({ params }) =>
        ((params['filters'] ?? []) as { input: { query: string } }[]).map(({ input }) => input.query),
      ),
    ];
    const sources = columns.flatMap(({ sourceField }) =>
      sourceField === undefined || sourceField === '___records___' ? [] : [sourceField],
    );
    await expectFields(id, [...sources, ...queries.flatMap(fieldsOfLucene)]);
  });

  it('returns rows for each of its columns', async () => {
    const filters = searchSourceOf(dashboard).filter.map(({ query }) => query);
    const found = await search(id, [state.query.query], filters, {
      aggs: aggregationsOf(layer.columns, layer.columnOrder),
    });
    const [first] = layer.columnOrder;
    const filled = columnsWithRows(found.aggregations ?? {}, layer.columnOrder);
    expect(first).toBeDefined();
    expect(
      layer.columnOrder.filter((column) => !filled.has(column)).map((c) => layer.columns[c]?.label),
    ).toEqual([]);
  });
});

/** The columns that have a bucket, or a value that is not null, anywhere below. */
function columnsWithRows(
  aggregations: Readonly<Record<string, unknown>>,
  order: readonly string[],
): ReadonlySet<string> {
  const filled = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if (order.includes(key) && hasRows(child)) filled.add(key);
      walk(child);
    }
  };
  walk(aggregations);
  return filled;
}

function hasRows(node: unknown): boolean {
  const { buckets, value } = node as { buckets?: object; value?: unknown };
  if (buckets !== undefined)
    return Object.values(buckets).some((bucket: { doc_count: number }) => bucket.doc_count > 0);
  const text = JSON.stringify(value ?? null);
  return !/^(null|\{"value":null\}|.*"hits":\[\].*|\{"values":\{"[\d.]+":null\}\})$/.test(text);
}

describe('rules on a simulated plant', () => {
  const rules = shippedRules();
  /** The scenarios of the simulated week and the rules that are for them. */
  const ON_SCENARIOS = [
    'new-source-to-controller',
    'new-command',
    'interval-change',
    'scan',
    'new-device',
    'several-detectors',
    'source-first-pair',
    'source-first-write',
  ];

  async function findings(name: string, when: 'clean' | 'attacked'): Promise<readonly unknown[]> {
    const rule = rules.get(RULES.filter((candidate) => candidate.name === name).map(ruleId)[0] ?? '');
    if (rule === undefined || rule.type === 'esql') throw new Error(`${name} is no rule that searches`);
    return runRule(admin, rule, data.namespace, data[when]);
  }

  it.each(ON_SCENARIOS)('%s fires on the scenario that it is for', async (name) => {
    expect((await findings(name, 'attacked')).length).toBeGreaterThan(0);
  });

  it.each(RULES.filter(({ type }) => type !== 'esql').map(({ name }) => name))(
    '%s is silent in a clean week',
    async (name) => {
      expect(await findings(name, 'clean')).toEqual([]);
    },
  );
});
