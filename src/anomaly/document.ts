import type { OtRecord } from '../features/otRecord.js';
import { describeRelation } from '../features/relation.js';
import { isoOf } from '../isoTime.js';
import { ALERT_LINE } from '../model/artifact.js';
import type { Observation } from '../model/detectors/detector.js';
import type { Verdict } from '../model/scorer.js';
import type { Inventory } from './assetContext.js';
import type { GroupedParts } from './group.js';
import type { MaintenancePlan } from './maintenancePlan.js';
import { riskScore, severity } from './risk.js';
import { type Indication, techniquesOf } from './techniques.js';

/** The version of the Elastic Common Schema that emitted documents follow. */
export const ECS_VERSION = '9.4.0';

/** The source document that a verdict is about. */
export interface SourceDocument {
  readonly index: string;
  readonly id: string;
  readonly ingested: string;
  readonly document: unknown;
}

/** The group that the record belongs to, and whether this document is the group's one alert. */
export interface Grouping extends GroupedParts {
  readonly id: string;
  readonly isAlert: boolean;
  /** records of the group so far in its shift, this one included */
  readonly records: number;
  /** distinct sources among them */
  readonly sources: number;
}

export interface AnomalyContext {
  readonly modelSha256: string;
  /** true: no signed deployment put the model into production */
  readonly lab: boolean;
  /** the line that the score was held against; default: that of a lab model */
  readonly alertLine?: number;
  /** number of the deployment that put the model into production, and the policies then in force */
  readonly deployment?: number;
  readonly policies?: Readonly<Record<string, string>>;
  readonly inventory: Inventory;
  /** planned work, told with what falls into it; it silences nothing */
  readonly maintenance?: MaintenancePlan;
  readonly namespace: string;
  /** when it was scored */
  readonly now: Date;
}

/** A source document above this many characters of JSON is named, not kept whole. */
const DOCUMENT_MAX_CHARACTERS = 32_768;

/**
 * An anomaly in ECS: what was seen, how it scored and why, with the whole source row. `score` and `evidence` are
 * those of the group's detectors, `scores` those of all that judged the record. The first record of a group
 * is an alert (`event.kind: alert`), each further one an event that names the group.
 * Untrusted strings are capped by the mapping (`ignore_above`) and never interpreted here.
 */
export function anomalyDocument(
  { record, interval }: Observation,
  verdict: Verdict,
  source: SourceDocument,
  grouping: Grouping,
  context: AnomalyContext,
): Record<string, unknown> {
  const lowest = grouping.parts.reduce((a, b) => (b.score < a.score ? b : a));
  const { score } = lowest;
  const evidence = grouping.parts.flatMap(({ detector, evidence }) =>
    evidence.map((e) => ({ detector, ...e })),
  );
  const alertLine = context.alertLine ?? ALERT_LINE;
  const reason = describe(record, evidence, score, alertLine);
  const sourceAsset = context.inventory.find(record.source);
  const destinationAsset = context.inventory.find(record.destination);
  const indications = techniquesOf(record, grouping);
  const maintenance = context.maintenance?.at(
    record.ts,
    { address: record.source, asset: sourceAsset },
    { address: record.destination, asset: destinationAsset },
  );
  return {
    '@timestamp': isoOf(record.ts),
    message: reason,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.anomaly', namespace: context.namespace },
    event: {
      kind: grouping.isAlert ? 'alert' : 'event',
      category: ['network', 'intrusion_detection'],
      type: ['info'],
      action: grouping.isAlert ? 'ot-anomaly-detected' : 'ot-anomaly-still-seen',
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.anomaly',
      provider: 'ot-anomaly-detector',
      created: context.now.toISOString(),
      severity: severity(score),
      risk_score: riskScore(score),
      reason,
    },
    source: {
      address: record.source,
      ip: record.source,
      ...(record.sourcePort > 0 ? { port: record.sourcePort } : {}),
    },
    destination: { address: record.destination, ip: record.destination, port: record.port },
    network: { protocol: record.protocol, ...(record.vlan === '-' ? {} : { vlan: { id: record.vlan } }) },
    related: { ip: [...new Set([record.source, record.destination])] },
    observer: { vendor: 'Zeek', product: 'Zeek', ...(record.sensor === '-' ? {} : { name: record.sensor }) },
    rule: {
      name: lowest.detector,
      category: lowest.evidence[0]?.feature ?? 'score',
      ruleset: 'ot-anomaly-detector',
      version: context.modelSha256.slice(0, 12),
    },
    ...(indications.length === 0 ? {} : { threat: threat(indications) }),
    ot_anomaly: {
      group: {
        id: grouping.id,
        kind: grouping.group.kind,
        records: grouping.records,
        sources: grouping.sources,
      },
      ...(indications.length === 0 ? {} : { technique: indications.map(describeIndication) }),
      score,
      alert_line: alertLine,
      detector: lowest.detector,
      scores: Object.fromEntries(verdict.parts.map(({ detector, score }) => [detector, score])),
      evidence: evidence.map(({ daysSeen, ...rest }) => ({
        ...rest,
        ...(daysSeen === undefined ? {} : { days_seen: daysSeen }),
      })),
      ...(lowest.subject === undefined ? {} : { chart: lowest.subject }),
      ...(lowest.since === undefined ? {} : { since: isoOf(lowest.since) }),
      relation: describeRelation(record),
      ...(record.unit === '-' ? {} : { unit: record.unit }),
      ...(record.functionCode === '-' ? {} : { function_code: record.functionCode }),
      ...(interval === undefined ? {} : { interval }),
      ...(sourceAsset === undefined ? {} : { source_asset: sourceAsset }),
      ...(destinationAsset === undefined ? {} : { destination_asset: destinationAsset }),
      ...(maintenance === undefined || maintenance.length === 0 ? {} : { maintenance }),
      model: {
        sha256: context.modelSha256,
        lab: context.lab,
        ...(context.deployment === undefined ? {} : { deployment: context.deployment }),
      },
      ...(context.policies === undefined ? {} : { policies: context.policies }),
      zeek: {
        index: source.index,
        id: source.id,
        log: record.log,
        uid: record.uid,
        ingested: source.ingested,
        document: bounded(source.document),
      },
    },
  };
}

function describe(
  record: OtRecord,
  evidence: readonly { text: string }[],
  score: number,
  alertLine: number,
): string {
  const what = record.functionCode === '-' ? 'connection' : record.functionCode;
  const why = [...new Set(evidence.map(({ text }) => text))];
  const because = why.length === 0 ? 'an unusual combination of features' : why.join('; ');
  return `${describeRelation(record)}, ${what}: ${because} (score ${score.toFixed(2)}, line ${alertLine})`;
}

function threat(indications: readonly Indication[]): Record<string, unknown> {
  const techniques = [...new Set(indications.map(({ technique }) => technique))];
  const tactics = [...new Set(techniques.flatMap((technique) => technique.tactics))];
  return {
    framework: 'MITRE ATT&CK for ICS',
    technique: { id: techniques.map(({ id }) => id), name: techniques.map(({ name }) => name) },
    tactic: { id: tactics.map(({ id }) => id), name: tactics.map(({ name }) => name) },
  };
}

function describeIndication({ technique, evidence }: Indication): Record<string, string> {
  return { id: technique.id, v18_id: technique.v18, name: technique.name, evidence };
}

function bounded(document: unknown): unknown {
  const json = JSON.stringify(document);
  if (json.length <= DOCUMENT_MAX_CHARACTERS) return document;
  return { truncated: true, characters: json.length, beginning: json.slice(0, DOCUMENT_MAX_CHARACTERS) };
}
