import type { Client, estypes } from '@elastic/elasticsearch';
import type { SimulatedRow } from '../../src/simulator/activity.js';
import type { Document } from '../fixtures/conventions/row.js';
import { type Convention, SHAPES } from '../fixtures/conventions/shape.js';

/** Zeek writes a row, a shipper reads it, Elasticsearch gets it: about so much later (ms). */
const SHIPPED_AFTER_MS = 1_500;
const A_BULK = 2_000;

/** What templates of all five conventions have in common where it matters here: text is a keyword. */
const MAPPINGS: estypes.MappingTypeMapping = {
  dynamic_templates: [
    { text_as_keyword: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } },
  ],
  properties: {
    '@timestamp': { type: 'date' },
    event: { properties: { ingested: { type: 'date' } } },
    source: { properties: { ip: { type: 'ip' } } },
    destination: { properties: { ip: { type: 'ip' } } },
  },
};

/** The indices of one convention for a test of its own, each matched by the profile's patterns. */
export function indexOf(convention: Convention, log: string, namespace: string): string {
  switch (convention) {
    case 'elastic':
      return `logs-zeek.${log === 'conn' ? 'connection' : log}-${namespace}`;
    case 'filebeat':
      return `filebeat-9.1.0-${namespace}`;
    case 'malcolm':
      return `arkime_sessions3-${namespace}`;
    case 'corelight':
      return `logs-corelight.${log}-${namespace}`;
    case 'security_onion':
      return `logs-zeek-so-${namespace}`;
  }
}

/** What to give as --index, since the node is shared by tests: the profile's patterns, narrowed to one test's. */
export function ownIndices(convention: Convention, namespace: string): string {
  return convention === 'elastic'
    ? `logs-zeek.*-${namespace}`
    : convention === 'corelight'
      ? `logs-corelight.*-${namespace}`
      : indexOf(convention, '', namespace);
}

/** Puts rows into Elasticsearch as a convention's site would have them; returns how many of which log. */
export async function indexRows(
  client: Client,
  convention: Convention,
  namespace: string,
  rows: Iterable<SimulatedRow>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const made = new Set<string>();
  let batch: { readonly index: string; readonly document: Document }[] = [];
  const send = async () => {
    for (const index of new Set(batch.map((one) => one.index))) {
      if (made.has(index) || (await client.indices.exists({ index }))) continue;
      await client.indices.create({ index, mappings: MAPPINGS, settings: { number_of_replicas: 0 } });
      made.add(index);
    }
    if (batch.length === 0) return;
    const { errors, items } = await client.bulk({
      operations: batch.flatMap(({ index, document }) => [{ index: { _index: index } }, document]),
    });
    if (errors) throw new Error(JSON.stringify(items.find(({ index }) => index?.error)?.index?.error));
    batch = [];
  };
  for (const { log, row, writtenAt } of rows) {
    const arrivedAt = Math.round(writtenAt * 1000) + SHIPPED_AFTER_MS;
    const document = SHAPES[convention]({ log, columns: row, sensor: 'north', arrivedAt });
    if (document === undefined) continue;
    counts[log] = (counts[log] ?? 0) + 1;
    batch.push({ index: indexOf(convention, log, namespace), document });
    if (batch.length >= A_BULK) await send();
  }
  await send();
  await client.indices.refresh({ index: ownIndices(convention, namespace) });
  return counts;
}
