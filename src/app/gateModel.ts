import type { Client } from '@elastic/elasticsearch';
import { gateSection } from '../adversarial/describe.js';
import type { GateFloors, GateReport } from '../adversarial/result.js';
import { Inventory } from '../anomaly/assetContext.js';
import { readAssets } from '../elasticsearch/assetStore.js';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { elasticsearchBaseline } from '../elasticsearch/baselineSource.js';
import { explaining } from '../elasticsearch/errors.js';
import { PointInTime } from '../elasticsearch/pointInTime.js';
import { requireSources } from '../elasticsearch/requireSources.js';
import { attackQueries, readWindowAlerts } from '../elasticsearch/windowAlerts.js';
import { readWindow } from '../elasticsearch/windowReader.js';
import { requireSameProfile } from '../profiles/sameProfile.js';
import type { IndexProfile } from '../profiles/schema.js';
import { type LoadedModel, storeGateResult } from '../registry/store.js';
import { type GateOptions, gate } from './gate.js';

export interface GateModelOptions {
  /** holds the trainer's key: it reads, and adds audit records */
  readonly client: Client;
  readonly index: string;
  readonly profile: IndexProfile;
  readonly namespace: string;
  readonly model: LoadedModel;
  readonly floors: GateFloors;
  /** digest of the policy that holds the floors */
  readonly policySha256: string;
  readonly seed: number;
  readonly pollsAnHour?: number;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly signal: AbortSignal;
  readonly onProgress: GateOptions['onProgress'];
}

const ROWS_A_PAGE = 2_000;

/** Runs the gate on the rows in Elasticsearch and puts its result beside the model; the audit stream has it first. */
export async function gateModel(options: GateModelOptions): Promise<GateReport> {
  const { client, index, profile, namespace, model, floors, seed, pollsAnHour, signal, onProgress } = options;
  requireSameProfile(model, profile);
  await requireSources(client, index, profile);
  const inventory = new Inventory(await readAssets(client, namespace));
  const audit = (action: string, message: string) =>
    writeAudit(
      client,
      namespace,
      { part: 'gate', action, message, modelSha256: model.sha256 },
      options.newId(),
      options.now(),
    );
  await audit(
    'gate-started',
    `the adversarial gate of model ${model.sha256.slice(0, 12)} began, seed ${seed}`,
  );
  // As in training: what people confirmed to be an attack is neither learnt nor a false alarm.
  const { from, to } = model.model.options;
  const { attacks } = await readWindowAlerts(client, namespace, from, to);
  const without = attackQueries(attacks, profile);
  const pit = await explaining(`reading ${index}`, () => PointInTime.open(client, index, { without }));
  try {
    const report = await explaining(`reading ${index} for the gate`, () =>
      gate({
        model,
        inventory,
        floors,
        seed,
        signal,
        onProgress,
        ...(pollsAnHour === undefined ? {} : { pollsAnHour }),
        data: {
          baseline: (from, to) => elasticsearchBaseline(pit, from, to, profile),
          rows: (from, to) => readWindow(client, index, from, to, ROWS_A_PAGE, profile, without),
        },
      }),
    );
    await audit('gate-finished', summary(report));
    storeGateResult(model, gateJson(report, options.policySha256), gateSection(report));
    return report;
  } finally {
    await pit.close().catch(() => {}); // it expires by itself
  }
}

/** As it stands beside the model: the keys of the issue first, then what explains them. */
export function gateJson(report: GateReport, policySha256: string): string {
  const { passed, reasons, drift, falsePositives, evasion, poisoning, ...rest } = report;
  const ordered = { passed, reasons, drift, falsePositives, evasion, poisoning, ...rest, policySha256 };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

function summary({ passed, reasons, modelSha256 }: GateReport): string {
  const name = `the adversarial gate of model ${modelSha256.slice(0, 12)}`;
  return passed ? `${name} passed` : `${name} failed: ${reasons.join('; ')}`.slice(0, 4_000);
}
