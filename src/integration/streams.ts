import { type Asset, indexTemplates } from '../setup/assets.js';

/** One data stream of the integration package, from the index template that it is made of. */
export interface PackagedStream {
  /** its folder in the package: `zeek_modbus`, `anomaly` */
  readonly folder: string;
  readonly title: string;
  readonly type: 'logs' | 'metrics';
  readonly dataset: string;
  readonly template: Asset;
  /** the Zeek log that Elastic Agent reads into it */
  readonly log?: string;
}

/** What each of our own streams holds. */
const TITLES: Readonly<Record<string, string>> = {
  anomaly: 'Anomalies: alerts of the detectors, and what was seen again',
  asset: 'Asset inventory',
  audit: 'Audit records: what each part was about to do',
  case: 'Cases of outside systems',
  checkpoint: 'Checkpoints of scorers',
  decision: 'Decisions of people',
  deployment: 'Deployments of models, mirrored for people to look at',
  hold: 'Documents that are kept for an alert or an incident',
  incident: 'Incidents that people opened and closed',
  maintenance: 'Planned work',
  recommendation: 'Draft recommendations that wait for a person',
  review: 'Reviews of the system that are due or done',
  scorer: 'Heartbeats of scorers',
  triage: 'Opinions of the AI, which change nothing',
};

/**
 * Every data stream, in the order of their folders.
 *
 * @throws {TypeError} if a stream has no title here
 */
export function packagedStreams(): readonly PackagedStream[] {
  return indexTemplates()
    .map((template) => {
      const [, type, dataset = ''] = /^(logs|metrics)-(.+)$/.exec(template.name) ?? [];
      if (type !== 'logs' && type !== 'metrics')
        throw new TypeError(`${template.name} names no type of stream`);
      const log = /^ot_zeek\.(.+)$/.exec(dataset)?.[1];
      const folder = log === undefined ? dataset.replace(/^ot_anomaly\./, '') : `zeek_${log}`;
      const title = log === undefined ? TITLES[folder] : `Zeek ${log}.log`;
      if (title === undefined)
        throw new TypeError(`${template.name} has no title in ${import.meta.filename}`);
      return { folder, title, type, dataset, template, ...(log === undefined ? {} : { log }) } as const;
    })
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}
