import type { Client } from '@elastic/elasticsearch';
import { DocumentMaker } from '../../src/ingest/sourceDocument.js';
import type { Sample } from '../../src/kibana/rules/samples.js';
import { newId } from './scoredSite.js';

const KIBANA_ALERT_FIELDS = {
  '@timestamp': { type: 'date' },
  'kibana.alert.workflow_status': { type: 'keyword' },
  'ot_anomaly.group.id': { type: 'keyword' },
} as const;

/** Puts samples into one namespace's streams, through their pipelines. */
export class SampleWriter {
  readonly #client: Client;
  readonly #namespace: string;
  #rows = 0;

  constructor(client: Client, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** @returns the index of Kibana's alerts, if there are any among the samples */
  async write(samples: readonly Sample[]): Promise<string | undefined> {
    if (samples.length === 0) return undefined;
    const alerts = samples.some(({ kind }) => kind === 'kibana alert')
      ? await this.#alertsIndex()
      : undefined;
    const operations = samples.flatMap((sample) => this.#toOperations(sample, alerts ?? ''));
    const { items } = await this.#client.bulk({ operations, refresh: true });
    const refused = items.flatMap(({ create }) => create?.error ?? []);
    if (refused.length > 0) throw new Error(`samples were refused: ${JSON.stringify(refused[0])}`);
    return alerts;
  }

  /** An index of its own for each case: these alerts bear no time of arrival to tell cases apart by. */
  async #alertsIndex(): Promise<string> {
    const index = `kibana-alerts-${this.#namespace}-${this.#rows}`;
    await this.#client.indices.create({ index, mappings: { properties: KIBANA_ALERT_FIELDS } });
    return index;
  }

  #toOperations(sample: Sample, alerts: string): readonly object[] {
    this.#rows += 1;
    const now = Date.now();
    switch (sample.kind) {
      case 'document': {
        const at = new Date(now - (sample.minutesAgo ?? 0) * 60_000).toISOString();
        const create = { _index: `${sample.template}-${this.#namespace}`, _id: newId() };
        return [{ create }, { '@timestamp': at, ...sample.fields }];
      }
      case 'kibana alert':
        return [
          { create: { _index: alerts } },
          { '@timestamp': new Date(now).toISOString(), ...sample.fields },
        ];
      case 'row': {
        const empty = Object.keys(sample.row).length === 0;
        const row = empty ? {} : { ts: now / 1000, uid: `Csample${this.#rows}`, ...sample.row };
        const maker = new DocumentMaker({ namespace: this.#namespace, path: '/samples', run: newId() });
        const document = maker.make({
          kind: 'row',
          log: sample.log,
          line: this.#rows,
          message: empty ? `no row ${this.#rows}` : JSON.stringify(row),
        });
        if (document === undefined) throw new Error(`no stream for ${sample.log}`);
        return [{ create: { _index: document.index, _id: document.id } }, document.body];
      }
    }
  }
}
