import { VERDICTS } from '../../decision/standing.js';
import { sha256 } from '../../registry/digest.js';
import { componentTemplates, indexTemplates, MANAGED_BY } from '../../setup/assets.js';
import { ABOUT_ALERT, ABOUT_ALERT_FIELD } from '../aboutAlert.js';
import { PACKAGE_NAME } from '../stableId.js';

/** The streams whose newest document on an alert is kept: the alert itself, and what people decided of it. */
export const NEWEST_OF = ['logs-ot_anomaly.anomaly', 'logs-ot_anomaly.decision'] as const;
/** Of what the index is named, before the number that counts its mappings. */
export const NEWEST_WORD_INDEX = `${PACKAGE_NAME}_latest.word`;
/** Counts up when the mapping changes in a way that an index can't follow. */
const GENERATION = 1;
export const TRANSFORM_ID = `${PACKAGE_NAME}-newest_word`;

/** An alert, or a verdict on it: neither what was seen again, nor exercises, nor answers to an AI's drafts. */
const ALERTS_AND_VERDICTS = {
  bool: {
    minimum_should_match: 1,
    should: [
      { bool: { filter: [dataset('anomaly'), { term: { 'event.kind': 'alert' } }] } },
      {
        bool: {
          filter: [dataset('decision'), { terms: { 'ot_anomaly.decision.action': [...VERDICTS] } }],
          must_not: [{ term: { 'ot_anomaly.decision.blind_check': true } }],
        },
      },
    ],
  },
};

function dataset(name: string) {
  return { term: { 'data_stream.dataset': `ot_anomaly.${name}` } };
}

/**
 * The transform that keeps, for each alert, the newest of the alert itself and the verdicts on it: an alert whose
 * newest word is its own waits for a person. Newest by arrival, which Elasticsearch stamps. Nothing is read from its
 * index but by Kibana.
 */
export function newestWordTransform() {
  return {
    description: 'The newest word on each alert: the alert itself until somebody gives a verdict.',
    source: {
      index: NEWEST_OF.map((name) => `${name}-*`),
      query: ALERTS_AND_VERDICTS,
      runtime_mappings: {
        [ABOUT_ALERT_FIELD]: { type: 'keyword' as const, script: { source: ABOUT_ALERT.script } },
      },
    },
    dest: { index: `${NEWEST_WORD_INDEX}-${GENERATION}` },
    latest: { unique_key: ['data_stream.namespace', ABOUT_ALERT_FIELD], sort: 'event.ingested' },
    sync: { time: { field: 'event.ingested', delay: '10s' } },
    frequency: '30s',
  };
}

/** The digest by which an installed transform is known to be this very one. */
export function newestWordDigest(): string {
  return sha256(JSON.stringify([newestWordTransform(), newestWordMappings()]));
}

/** The template of the transform's index: what its streams map, in an ordinary index. */
export function newestWordTemplate() {
  return {
    index_patterns: [`${NEWEST_WORD_INDEX}-*`],
    priority: 250,
    template: { mappings: newestWordMappings() },
    _meta: { managed_by: MANAGED_BY, sha256: newestWordDigest() },
  };
}

type Mapping = Readonly<Record<string, unknown>>;

function newestWordMappings(): Mapping {
  const templates = indexTemplates().filter(({ name }) => (NEWEST_OF as readonly string[]).includes(name));
  const components = new Map(componentTemplates().map(({ name, body }) => [name, body]));
  const composed = templates.flatMap(({ body }) => [
    ...(body['composed_of'] as readonly string[]).map((name) => components.get(name)),
    body,
  ]);
  return composed.map((body) => child(child(body, 'template'), 'mappings')).reduce(merged, {});
}

function child(value: unknown, key: string): Mapping {
  return isObject(value) && isObject(value[key]) ? value[key] : {};
}

function merged(into: Mapping, from: Mapping): Mapping {
  const entries = Object.entries(from).map(([key, value]): [string, unknown] => {
    const known = into[key];
    return [key, isObject(known) && isObject(value) ? merged(known, value) : value];
  });
  return { ...into, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
