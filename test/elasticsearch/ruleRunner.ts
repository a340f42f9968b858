import type { Client, estypes } from '@elastic/elasticsearch';
import { indexPattern } from '../../src/kibana/dataView.js';
import type { AbsenceRule, Condition } from '../../src/kibana/rules/rule.js';
import type { SearchedRule } from '../fixtures/detectionRules.js';
import { queryString } from '../fixtures/lensSearch.js';

/** A span of arrival times, as Elasticsearch stamps them. */
export interface Arrivals {
  readonly from: string;
  readonly to: string;
  /** where the history of a rule of new terms begins, if later than the rule says */
  readonly historyFrom?: string;
}

/** The node's clock, which stamps arrivals. */
export async function nodeClock(client: Client): Promise<string> {
  const { docs } = await client.ingest.simulate({
    pipeline: { processors: [{ set: { field: 'now', copy_from: '_ingest.timestamp' } }] },
    docs: [{ _source: {} }],
  });
  const { now } = docs[0]?.doc?._source ?? {};
  if (typeof now !== 'string') throw new Error('the node did not say what time it is');
  return now;
}

const PAGE = 1_000;

type Query = NonNullable<estypes.SearchRequest['query']>;

/** The index pattern of all namespaces, narrowed to one. */
export function ofNamespace(pattern: string, namespace: string): string {
  return pattern
    .split(',')
    .map((name) => name.replace(/-\*$/, `-${namespace}`))
    .join(',');
}

/** What a rule finds among arrivals, as Kibana's engine asks Elasticsearch for it: one entry for each alert. */
export async function runRule(
  client: Client,
  rule: SearchedRule,
  namespace: string,
  { from, to, historyFrom }: Arrivals,
): Promise<readonly unknown[]> {
  const index = ofNamespace(rule.index.join(','), namespace);
  const within = (range: { gte?: string; gt?: string; lte?: string; lt?: string }) => ({
    bool: {
      filter: [queryString(rule.query), { range: { [rule.timestamp_override]: range } }],
    },
  });
  const window = within({ gt: from, lte: to });
  switch (rule.type) {
    case 'query':
      return hits(client, index, window);
    case 'threshold': {
      const { field, value, cardinality } = rule.threshold;
      const [distinct] = cardinality;
      const buckets = await groups(client, index, window, field, distinct?.field);
      return buckets.filter(
        (bucket) =>
          bucket.doc_count >= value &&
          (distinct === undefined || (bucket.distinct?.value ?? 0) >= distinct.value),
      );
    }
    case 'new_terms': {
      const days = Number(/\d+/.exec(rule.history_window_start)?.[0]);
      const start = historyFrom ?? new Date(Date.parse(from) - days * 86_400_000).toISOString();
      const seen = await groups(client, index, within({ gte: start, lte: from }), rule.new_terms_fields);
      const known = new Set(seen.map(({ key }) => JSON.stringify(key)));
      const now = await groups(client, index, window, rule.new_terms_fields);
      return now.filter(({ key }) => !known.has(JSON.stringify(key)));
    }
    case 'threat_match': {
      const [{ entries }] = rule.threat_mapping;
      const [{ field, value }] = entries;
      const indicators = await client.search({
        index: ofNamespace(rule.threat_index.join(','), namespace),
        query: queryString(rule.threat_query),
        size: PAGE,
        _source: false,
        fields: [value],
      });
      const values = indicators.hits.hits.flatMap((hit) => (hit.fields?.[value] ?? []) as string[]);
      const should = values.map((text) => ({ match: { [field]: { query: text } } }));
      if (should.length === 0) return [];
      return hits(client, index, { bool: { filter: [window, { bool: { should } }] } });
    }
  }
}

/**
 * What a rule of absence finds, from the description that its ES|QL is written from: ES|QL itself is no part of the
 * build of Elasticsearch that tests run on.
 *
 * @param also the index to look into beside the view's own streams
 */
export async function runAbsence(
  client: Client,
  rule: AbsenceRule,
  namespace: string,
  { from, to }: Arrivals,
  also?: string,
): Promise<readonly unknown[]> {
  const own = ofNamespace(indexPattern(rule.view), namespace);
  const arrived = { range: { 'event.ingested': { gt: from, lte: to } } };
  const found = await client.search<unknown, { about: { buckets: AboutBucket[] } }>({
    index: also === undefined ? own : `${own},${also}`,
    size: 0,
    runtime_mappings: { about: { type: 'keyword', script: { source: firstOf(rule.by) } } },
    query: {
      bool: {
        filter: [{ range: { '@timestamp': { gt: `now-${rule.hours}h` } } }],
        minimum_should_match: 1,
        should: [arrived, ...(also === undefined ? [] : [{ term: { _index: also } }])],
      },
    },
    aggs: {
      about: {
        terms: { field: 'about', size: PAGE },
        aggs: {
          present: { filter: rule.present === undefined ? { match_all: {} } : toQuery(rule.present) },
          absent: { filter: toQuery(rule.absent) },
        },
      },
    },
  });
  return (found.aggregations?.about.buckets ?? []).filter(
    ({ present, absent }) => present.doc_count > 0 && absent.doc_count === 0,
  );
}

interface AboutBucket {
  readonly key: string;
  readonly present: { readonly doc_count: number };
  readonly absent: { readonly doc_count: number };
}

function firstOf(fields: readonly string[]): string {
  return fields
    .map((f) => `if (doc.containsKey('${f}') && doc['${f}'].size() > 0) { emit(doc['${f}'].value); return; }`)
    .join('\n');
}

function toQuery(condition: Condition): Query {
  if ('is' in condition) return { term: { [condition.field]: condition.is } };
  if ('exists' in condition) return { exists: { field: condition.field } };
  return { range: { [condition.field]: { gt: `now-${condition.withinMinutes}m` } } };
}

async function hits(client: Client, index: string, query: Query): Promise<readonly unknown[]> {
  const found = await client.search({ index, query, size: PAGE, track_total_hits: true });
  return found.hits.hits.map(({ _source }) => _source);
}

interface Group {
  readonly key: Readonly<Record<string, unknown>>;
  readonly doc_count: number;
  readonly distinct?: { readonly value: number };
}

async function groups(
  client: Client,
  index: string,
  query: Query,
  by: readonly string[],
  distinct?: string,
): Promise<readonly Group[]> {
  const found = await client.search<unknown, { groups: { buckets: Group[] } }>({
    index,
    query,
    size: 0,
    aggs: {
      groups: {
        composite: { size: PAGE, sources: by.map((field) => ({ [field]: { terms: { field } } })) },
        ...(distinct === undefined ? {} : { aggs: { distinct: { cardinality: { field: distinct } } } }),
      },
    },
  });
  return found.aggregations?.groups.buckets ?? [];
}
