import type { Client } from '@elastic/elasticsearch';
import { Inventory } from '../anomaly/assetContext.js';
import { readAssets } from '../elasticsearch/assetStore.js';
import { writeAudit } from '../elasticsearch/auditLog.js';
import { readPlan } from '../elasticsearch/maintenanceStore.js';
import { requireSources } from '../elasticsearch/requireSources.js';
import { readWindow } from '../elasticsearch/windowReader.js';
import { isoOf } from '../isoTime.js';
import { loadProfile } from '../profiles/load.js';
import { requireSameProfile } from '../profiles/sameProfile.js';
import type { IndexProfile } from '../profiles/schema.js';
import type { LoadedModel } from '../registry/store.js';
import { GroupLedger } from '../scoring/groupLedger.js';
import { type Partition, WHOLE } from '../scoring/partition.js';
import { scoreInOrder } from '../scoring/scoreInOrder.js';
import { ScoringStage, type StageCounts } from '../scoring/scoringStage.js';
import { shareOf } from '../scoring/share.js';
import type { Telling, Told } from '../scoring/telling.js';
import type { SensorTelling } from '../sensor/condition.js';
import { SensorHealth } from '../sensor/sensorHealth.js';
import { isTraffic, sensorSigns } from './arrivalKinds.js';
import { scorerOf } from './scorerOf.js';
import { WriteBehind } from './writeBehind.js';
import { writeSensorTellings } from './writeSensorTellings.js';
import { type Written, writeTellings } from './writeTellings.js';

export interface ScoreWindowOptions {
  readonly client: Client;
  readonly index: string;
  /** how the rows lie in the index; our own streams by default */
  readonly profile?: IndexProfile;
  readonly namespace: string;
  readonly model: LoadedModel;
  /** which share of the relations is scored; all of them by default */
  readonly partition?: Partition;
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

/** Each holds its source row, of a kilobyte or two. */
const TELLINGS_GATHERED = 2_000;

/** Scores a window of the past in order of time. Running it again writes nothing twice. */
export async function scoreWindow(options: ScoreWindowOptions): Promise<ScoreWindowResult> {
  const { client, index, namespace, model, from, to, profile = loadProfile() } = options;
  requireSameProfile(model, profile);
  await requireSources(client, index, profile);
  const inventory = new Inventory(await readAssets(client, namespace));
  const maintenance = await readPlan(client, namespace, { from: from * 1000, to: to * 1000 });
  await writeAudit(
    client,
    namespace,
    {
      part: 'scorer',
      action: 'score-window',
      message: `scoring ${index} from ${isoOf(from)} to ${isoOf(to)}`,
      modelSha256: model.sha256,
    },
    options.newId(),
    options.now(),
  );
  const sensors = new SensorHealth();
  const stage = new ScoringStage(
    scorerOf(model),
    0,
    ({ sensor }, arrivedAt) => sensors.abstention(sensor, arrivedAt),
    undefined,
    shareOf(options.partition ?? WHOLE),
  );
  const written = { created: 0, alreadyWritten: 0, counted: 0 };
  const tellSensors = async (tellings: readonly SensorTelling[]) => {
    if (tellings.length > 0)
      written.created += await writeSensorTellings(client, namespace, tellings, options.now());
  };
  async function* traffic() {
    for await (const page of readWindow(client, index, from, to, options.pageSize, profile)) {
      await tellSensors(sensors.take(sensorSigns(page)));
      yield page.filter(isTraffic);
    }
    await tellSensors(sensors.advance(to));
  }
  const scored = scoreInOrder(traffic(), {
    stage,
    ledger: new GroupLedger<Told>(),
    isListed: (address) => inventory.find(address) !== undefined,
    to,
    signal: options.signal,
  });
  const writer = new WriteBehind<Telling>(async (tellings) => {
    const context = { client, namespace, model, inventory, maintenance, now: options.now() };
    const { created, alreadyWritten } = await writeTellings(tellings, context);
    written.created += created;
    written.alreadyWritten += alreadyWritten;
  }, TELLINGS_GATHERED);
  for await (const { tellings, counted, read } of scored) {
    written.counted += counted;
    await writer.add(tellings);
    options.onProgress(read, written.created + written.alreadyWritten);
  }
  await writer.end();
  return { ...stage.takeCounts(), ...written, interrupted: options.signal.aborted };
}
