import { readFileSync, writeFileSync } from 'node:fs';
import type { Client, estypes } from '@elastic/elasticsearch';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packagePath } from '../../src/config/packageRoot.js';
import { standingOf } from '../../src/decision/standing.js';
import { decisionsOn } from '../../src/elasticsearch/decisionStore.js';
import { ElasticsearchError } from '../../src/elasticsearch/errors.js';
import { packageFiles, SAMPLE_EVENTS } from '../../src/integration/packageFiles.js';
import { packagedStreams } from '../../src/integration/streams.js';
import { dataViewId } from '../../src/kibana/dataView.js';
import { anomalies } from '../../src/kibana/dataViews.js';
import { ruleId } from '../../src/kibana/rules/detectionRule.js';
import { RULES } from '../../src/kibana/rules/index.js';
import { installTransform } from '../../src/kibana/transform/installTransform.js';
import { NEWEST_WORD_INDEX } from '../../src/kibana/transform/newestWord.js';
import type { ScenarioLabel } from '../../src/simulator/index.js';
import { searchedRule, shippedRules } from '../fixtures/detectionRules.js';
import { ecsProblems, leavesOf } from '../fixtures/ecs.js';
import { aggregationsOf, queryString } from '../fixtures/lensSearch.js';
import { packagedFields, undefinedFields } from '../fixtures/packagedFields.js';
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
import { type KibanaSite, kibanaSite, OVERDUE_REVIEW } from './kibanaSite.js';
import { type Arrivals, ofNamespace, runAbsence, runRule } from './ruleRunner.js';

let admin: Client;
let data: KibanaSite;

beforeAll(async () => {
  admin = cluster();
  data = await kibanaSite(admin);
}, 600_000);

const packaged = packageFiles();
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

const capabilitiesOf = new Map<string, Promise<ReadonlySet<string>>>();

/** The fields that Elasticsearch says a data view has; asked once. */
function capabilities(id: string): Promise<ReadonlySet<string>> {
  const known = capabilitiesOf.get(id);
  if (known !== undefined) return known;
  const { index, runtimeMappings } = view(id);
  const asked = admin
    .fieldCaps({ index, fields: ['*'], runtime_mappings: runtimeMappings })
    .then(({ fields }) => new Set(Object.keys(fields)));
  capabilitiesOf.set(id, asked);
  return asked;
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

it('finds documents of each stream by some saved search, and some by each', async () => {
  const found = new Set<string>();
  for (const object of searches) {
    const id = targetOf(object, 'kibanaSavedObjectMeta.searchSourceJSON.index');
    const { aggregations } = await search(id, [searchSourceOf(object).query.query], [], {
      aggs: { streams: { terms: { field: 'data_stream.dataset', size: 100 } } },
    });
    const { buckets } = z
      .object({ buckets: z.array(z.object({ key: z.string() })) })
      .parse(aggregations?.['streams']);
    expect(buckets.length, object.id).toBeGreaterThan(0);
    for (const { key } of buckets) found.add(key);
  }
  expect(packagedStreams().filter(({ dataset }) => !found.has(dataset))).toEqual([]);
});

it.each(RULES.map((rule) => [rule.name, rule] as const))(
  'rule %s names fields that exist',
  async (_, rule) => {
    const shipped = shippedRules().get(ruleId(rule));
    if (shipped === undefined) throw new Error(`${rule.name} is not shipped`);
    const id = dataViewId(rule.view);
    await expectFields(
      id,
      [...shipped.risk_score_mapping, ...shipped.severity_mapping].map(({ field }) => field),
    );
    switch (shipped.type) {
      case 'esql': {
        const [, ...commands] = shipped.query.split('\n');
        const named = commands.join('\n').match(/\bot_anomaly(?:\.\w+)+/g) ?? [];
        expect(named.length).toBeGreaterThan(0);
        // Kibana's own alerts hold what they copied of ours.
        const copied = await capabilities(dataViewId(anomalies));
        return expectFields(
          id,
          named.filter((name) => !copied.has(name)),
        );
      }
      case 'threshold':
        await expectFields(id, [
          ...shipped.threshold.field,
          ...shipped.threshold.cardinality.map(({ field }) => field),
        ]);
        break;
      case 'new_terms':
        await expectFields(id, shipped.new_terms_fields);
        break;
      case 'threat_match': {
        if (rule.type !== 'threat_match') throw new Error('the description is of another type');
        const [{ entries }] = shipped.threat_mapping;
        await expectFields(id, [entries[0].field]);
        const indicators = dataViewId(rule.indicators.view);
        await expectFields(indicators, [entries[0].value, ...fieldsOfLucene(shipped.threat_query)]);
        break;
      }
      default:
    }
    await expectFields(id, [shipped.timestamp_override, ...fieldsOfLucene(shipped.query)]);
  },
);

it('asks in the steps of an investigation for fields that exist', async () => {
  const known = new Set<string>();
  for (const { id } of views) for (const field of await capabilities(id)) known.add(field);
  const queries = RULES.flatMap(({ steps }) =>
    steps.flatMap((step) => [...step.matchAll(/`([^`]+)`/g)].flatMap(([, text]) => text ?? [])),
  );
  const fields = new Set(queries.flatMap(fieldsOfLucene));
  expect(fields.size).toBeGreaterThan(10);
  expect([...fields].filter((field) => !known.has(field))).toEqual([]);
});

it.each(packagedStreams().map((stream) => [stream.folder, stream] as const))(
  'package field definitions of %s are fields of its stream',
  async (folder, { template }) => {
    const { fields } = await admin.fieldCaps({ index: `${template.name}-${data.namespace}`, fields: ['*'] });
    // An object that is kept and not looked into is none of the fields that can be asked for.
    const asked = [...packagedFields(packaged, folder)].filter(([, { enabled }]) => enabled !== false);
    expect(asked.map(([name]) => name).filter((name) => fields[name] === undefined)).toEqual([]);
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

describe('panels of what is left to do', () => {
  /** The values of the first column of a panel's table. */
  async function listed(title: string): Promise<readonly string[]> {
    const [, dashboard, panel] = charts.find(([name]) => name.endsWith(`: ${title}`)) ?? [];
    if (dashboard === undefined || panel === undefined) throw new Error(`there is no panel ${title}`);
    const { state } = lensOf(panel);
    const [[layerId, layer] = ['', { columns: {}, columnOrder: [] }]] = Object.entries(
      state.datasourceStates.formBased.layers,
    );
    const id = targetOf(dashboard, `${panel.panelIndex}:indexpattern-datasource-layer-${layerId}`);
    const { aggregations } = await search(id, [state.query.query], [], {
      aggs: aggregationsOf(layer.columns, layer.columnOrder),
    });
    const buckets = z.object({ buckets: z.array(z.object({ key: z.string() })) });
    return buckets.parse(aggregations?.[layer.columnOrder[0] ?? '']).buckets.map(({ key }) => key);
  }

  it('list as waiting every alert that the decision server calls undecided, and no other', async () => {
    const decisions = await decisionsOn(admin, data.namespace, data.alerts);
    const waiting = data.alerts.filter(
      (id) => standingOf(decisions.filter(({ alertId }) => alertId === id)) === 'undecided',
    );
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.length).toBeLessThan(data.alerts.length);
    expect([...(await listed('Waits for a decision'))].sort()).toEqual([...waiting].sort());
    expect([...(await listed('Alerts without a verdict, by risk'))].sort()).toEqual([...waiting].sort());
  });

  it('name of each decided alert the newest verdict, by the optional transform', async () => {
    const decisions = await decisionsOn(admin, data.namespace, data.alerts);
    const decided = data.alerts.filter(
      (id) => standingOf(decisions.filter(({ alertId }) => alertId === id)) !== 'undecided',
    );
    expect([...(await listed('Newest verdict on each alert'))].sort()).toEqual([...decided].sort());
  });

  it('go without the transform where Elasticsearch has none, which its installation says', async () => {
    const result = await installTransform(admin).catch((error: unknown) => error);
    if (!(result instanceof ElasticsearchError))
      expect(['created', 'unchanged', 'updated']).toContain(result);
    else {
      expect(result).toMatchObject({ code: 'rejected', message: 'this Elasticsearch has no transforms' });
      expect(await admin.indices.existsIndexTemplate({ name: NEWEST_WORD_INDEX })).toBe(false);
    }
  });

  it('list the review that nobody did, and not the one that was done', async () => {
    expect(await listed('Open reviews, the longest overdue first')).toEqual([`retrain:${OVERDUE_REVIEW}`]);
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

/** @param network an address, or a network of 16 or 24 bits */
function within(address: string, network: string): boolean {
  const prefix = network.replace(/(\.0)?\.0\/\d+$/, '.');
  return prefix === network ? address === network : address.startsWith(prefix);
}

describe('rules on a simulated plant', () => {
  const rules = shippedRules();
  /** Each rule that searches, the stretch in which its scenario was, and the scenario where it is the simulator's. */
  const ON_SCENARIOS = {
    'new-source-to-controller': ['attacked', 'new-source'],
    'new-relation': ['attacked', 'historian-pivot'],
    'new-command': ['attacked', 'new-write'],
    'new-function': ['attacked', 'identity-probe'],
    'new-device': ['attacked', 'new-plc'],
    scan: ['attacked', 'scan'],
    flood: ['attacked', 'flood'],
    'interval-change': ['attacked', 'faster-polling'],
    'size-change': ['attacked', 'bulk-read'],
    'write-burst': ['attacked', 'write-burst'],
    'write-elsewhere': ['attacked', 'write-elsewhere'],
    'set-point-jump': ['attacked', 'set-point-jump'],
    'exception-answers': ['attacked', 'register-search'],
    'critical-outside-maintenance': ['attacked', 'new-write'],
    'several-detectors': ['attacked'],
    'drift-latched': ['drifting', 'slow-drift-interval'],
    'silence-of-a-master': ['drifting', 'silent-master'],
    'out-of-hours': ['drifting', 'off-hours-engineering'],
    'source-first-pair': ['attacked', 'new-source'],
    'source-first-write': ['attacked', 'new-write'],
    'source-controller-control': ['operated', 'cip-program-download'],
    'source-write-to-safety-asset': ['operated', 'cip-program-download'],
    'sensor-impaired': ['operated'],
    'rows-not-read': ['operated'],
    'triage-skipped-in-bulk': ['operated'],
    'dismissals-without-variety': ['operated'],
    'boundary-violated': ['operated'],
    'audit-chain-broken': ['operated'],
  } as const satisfies Readonly<
    Record<string, readonly ['drifting' | 'attacked' | 'operated', scenario?: string]>
  >;

  const findings = (name: string, arrivals: Arrivals) =>
    runRule(admin, searchedRule(name), data.namespace, arrivals);
  function absent(name: string) {
    const rule = RULES.find((one) => one.name === name);
    if (rule?.type !== 'absence') throw new Error(`${name} is no rule of absence`);
    return rule;
  }

  it.each(Object.entries(ON_SCENARIOS))(
    '%s fires on the scenario that it is for',
    async (name, [when, scenario]) => {
      const found = await findings(name, data[when]);
      const labels = data.labels.filter((label) => label.scenario === scenario);
      expect(labels.length > 0).toBe(scenario !== undefined);
      const own = found.filter((one) => scenario === undefined || labels.some((label) => isOf(one, label)));
      expect(own.length).toBeGreaterThan(0);
    },
  );

  it.each(RULES.filter(({ type }) => type !== 'absence').map(({ name }) => name))(
    '%s is silent in a clean week',
    async (name) => {
      expect(await findings(name, data.clean)).toEqual([]);
    },
  );

  const ends = z.object({
    source: z.object({ address: z.string() }),
    destination: z.object({ address: z.string() }),
  });
  const pair = z.object({ key: z.object({ 'source.ip': z.string(), 'destination.ip': z.string() }) });

  /** Whether a rule's finding is about the two ends that a scenario's label names. */
  function isOf(found: unknown, { source, destination }: ScenarioLabel): boolean {
    const [document, group] = [ends.safeParse(found).data, pair.safeParse(found).data];
    const from = document?.source.address ?? group?.key['source.ip'] ?? '';
    const to = document?.destination.address ?? group?.key['destination.ip'] ?? '';
    return within(from, source) && within(to, destination);
  }

  it('exception-answers sees a first exception, and many of them', async () => {
    const kinds = z
      .array(z.object({ ot_anomaly: z.object({ group: z.object({ kind: z.string() }) }) }))
      .parse(await findings('exception-answers', data.attacked))
      .map(({ ot_anomaly }) => ot_anomaly.group.kind);
    expect([...new Set(kinds)].sort()).toEqual(['exceptions', 'function']);
  });

  it('audit-chain-broken sees what stands outside of the chain, and what a recorded verification found', async () => {
    const found = z
      .array(z.object({ event: z.object({ action: z.string() }) }))
      .parse(await findings('audit-chain-broken', data.operated));
    expect(found.map(({ event }) => event.action).sort()).toEqual(['audit-chain-broken', 'model-deployed']);
  });

  it('scorer-silent names the scorer that was stopped, and not the one that beats', async () => {
    const found = await runAbsence(admin, absent('scorer-silent'), data.namespace, data.operated);
    expect(found).toMatchObject([{ key: 'stopped' }]);
  });

  it('closed-without-decision names the alert that nobody decided, and not the one that was', async () => {
    const rule = absent('closed-without-decision');
    const found = await runAbsence(admin, rule, data.namespace, data.operated, data.kibanaAlerts);
    expect(found).toMatchObject([{ key: data.undecided }]);
  });

  it('leave no rule untried but that on the registry, which the test of production runs', () => {
    const tried = [...Object.keys(ON_SCENARIOS), 'scorer-silent', 'closed-without-decision'];
    expect(RULES.map(({ name }) => name).filter((name) => !tried.includes(name))).toEqual([
      'deployment-unverified',
    ]);
  });

  it('leave no alert of the detectors without a rule', async () => {
    const queries = [...rules.values()].flatMap((rule) =>
      rule.type === 'query' && rule.index.some((index) => index.includes('anomaly')) ? [rule.query] : [],
    );
    const { hits } = await admin.search<{ readonly event: { readonly reason: string } }>({
      index: `logs-ot_anomaly.anomaly-${data.namespace}`,
      query: {
        bool: { filter: { term: { 'event.kind': 'alert' } }, must_not: queries.map(queryString) },
      },
      size: 5,
    });
    expect(hits.hits.map(({ _source }) => _source?.event.reason)).toEqual([]);
  });
});

describe.each(packagedStreams().map((stream) => [stream.folder, stream] as const))(
  'documents of %s',
  (folder, stream) => {
    type Document = Readonly<Record<string, unknown>>;
    let documents: readonly Document[];
    beforeAll(async () => {
      const index = `${stream.template.name}-${data.namespace}`;
      await admin.indices.refresh({ index });
      const { hits } = await admin.search<Document>({
        index,
        size: 500,
        query: { bool: { must_not: { term: { 'event.kind': 'pipeline_error' } } } },
        sort: [{ 'event.ingested': 'desc' }],
      });
      documents = hits.hits.flatMap(({ _source }) => (_source === undefined ? [] : [_source]));
    });

    it('have no field that the package does not define, and no value that ECS does not allow', () => {
      expect(documents.length).toBeGreaterThan(0);
      const fields = packagedFields(packaged, folder);
      const problems = documents.flatMap((document) => [
        ...undefinedFields(document, fields).map((name) => `${name} is not defined`),
        ...ecsProblems(document),
      ]);
      expect([...new Set(problems)]).toEqual([]);
    });

    it('look like the sample event of the package', () => {
      const [first] = documents;
      const richest = documents.reduce((a, b) => (leavesOf(b).size > leavesOf(a).size ? b : a), first ?? {});
      const path = packagePath(`${SAMPLE_EVENTS}/${folder}.json`);
      if (process.env['UPDATE_SAMPLE_EVENTS'] === '1')
        writeFileSync(path, `${JSON.stringify(anywhere(richest), undefined, 2)}\n`);
      const sample = JSON.parse(readFileSync(path, 'utf8')) as Document;
      const seen = new Set(documents.flatMap((document) => [...leavesOf(document).keys()]));
      expect([...leavesOf(sample).keys()].filter((name) => !seen.has(name))).toEqual([]);
    });

    /** The document as a site named `default` has it. */
    function anywhere(document: Document): unknown {
      return JSON.parse(JSON.stringify(document).replaceAll(data.namespace, 'default'));
    }
  },
);
