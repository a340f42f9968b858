import type { Client } from '@elastic/elasticsearch';
import { Inventory } from '../anomaly/assetContext.js';
import { requireSources } from '../elasticsearch/arrivalReader.js';
import { readAssets } from '../elasticsearch/assetStore.js';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { readWindow } from '../elasticsearch/windowReader.js';
import { Scorer } from '../model/scorer.js';
import type { LoadedModel } from '../registry/store.js';
import { GroupLedger } from '../scoring/groupLedger.js';
import { type Finding, ScoringStage, type StageCounts } from '../scoring/scoringStage.js';
import { type Telling, tell, tellCounts } from '../scoring/telling.js';
import { type Written, writeTellings } from './writeTellings.js';

export interface ScoreWindowOptions {
  readonly client: Client;
  readonly index: string;
  readonly namespace: string;
  readonly model: LoadedModel;
  /** seconds since the epoch */
  readonly from: number;
  readonly to: number;
  readonly pageSize: number;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly onProgress: (read: number, alerts: number) => void;
  readonly signal: AbortSignal;
}

export interface ScoreWindowResult extends StageCounts, Written {
  /** anomalous records that their group only counted */
  readonly counted: number;
  readonly interrupted: boolean;
}

/** Scores a window of the past in order of time. Running it again writes nothing twice. */
export async function scoreWindow(options: ScoreWindowOptions): Promise<ScoreWindowResult> {
  const { client, index, namespace, model, from, to } = options;
  await requireSources(client, index);
  const inventory = new Inventory(await readAssets(client, namespace));
  await writeAudit(
    client,
    namespace,
    {
      part: 'scorer',
      action: 'score-window',
      message: `scoring ${index} from ${new Date(from * 1000).toISOString()} to ${new Date(to * 1000).toISOString()}`,
      modelSha256: model.sha256,
    },
    options.newId(),
    options.now(),
  );
  const stage = new ScoringStage(new Scorer(model.model), 0);
  const written = { created: 0, alreadyWritten: 0, counted: 0 };
  let read = 0;
  const ledger = new GroupLedger<Finding>();
  const isListed = (address: string) => inventory.find(address) !== undefined;
  const write = async (tellings: readonly Telling[]) => {
    if (tellings.length === 0) return;
    const result = await writeTellings(tellings, { client, namespace, model, inventory, now: options.now() });
    written.created += result.created;
    written.alreadyWritten += result.alreadyWritten;
  };
  const judge = async (findings: readonly Finding[]) => {
    const { tellings, counted } = tell(findings, ledger, isListed);
    written.counted += counted;
    await write(tellings);
  };
  for await (const page of readWindow(client, index, from, to, options.pageSize)) {
    await judge(stage.push(page));
    read += page.length;
    options.onProgress(read, written.created + written.alreadyWritten);
    if (options.signal.aborted) break;
  }
  await judge(stage.flush());
  await write(tellCounts(ledger, to, true));
  return { ...stage.takeCounts(), ...written, interrupted: options.signal.aborted };
}
