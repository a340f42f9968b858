import type { Client } from '@elastic/elasticsearch';
import { groupsOf } from '../../anomaly/group.js';
import { readWindow } from '../../elasticsearch/windowReader.js';
import { isoOf } from '../../isoTime.js';
import { Scorer } from '../../model/scorer.js';
import type { IndexProfile } from '../../profiles/schema.js';
import type { LoadedModel } from '../../registry/store.js';
import { groupId } from '../../scoring/anomalyId.js';
import { type Finding, ScoringStage } from '../../scoring/scoringStage.js';
import { SensorHealth } from '../../sensor/sensorHealth.js';
import { isTraffic, sensorSigns } from '../arrivalKinds.js';

export interface Contender {
  readonly model: LoadedModel;
  readonly alertLine: number;
}

export interface ContenderResult {
  readonly model_sha256: string;
  readonly alert_line: number;
  /** rows below the line */
  readonly anomalous: number;
  /** distinct groups of one kind, peer and asset: what an analyst would be alerted to */
  readonly groups: number;
}

/** How two models, or one model at two lines, judge the same rows. */
export interface Comparison {
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly before: ContenderResult;
  readonly after: ContenderResult;
  /** groups that only one of them would tell of, a few of them by name */
  readonly only_before: { readonly groups: number; readonly examples: readonly string[] };
  readonly only_after: { readonly groups: number; readonly examples: readonly string[] };
}

/** Where the rows lie, and how. */
export interface Rows {
  readonly index: string;
  readonly profile: IndexProfile;
}

const EXAMPLES = 10;
const ROWS_A_PAGE = 2_000;

/**
 * Scores the rows of a window with both, without writing anything.
 *
 * @param from seconds since the epoch, inclusive
 * @param to seconds since the epoch, exclusive
 */
export async function compareModels(
  client: Client,
  { index, profile }: Rows,
  from: number,
  to: number,
  before: Contender,
  after: Contender,
  onProgress: (rows: number) => void = () => {},
): Promise<Comparison> {
  const sensors = new SensorHealth();
  const sides = [before, after].map((contender) => new Side(contender, sensors));
  const [first, second] = sides as [Side, Side];
  let rows = 0;
  for await (const page of readWindow(client, index, from, to, ROWS_A_PAGE, profile)) {
    sensors.take(sensorSigns(page));
    const traffic = page.filter(isTraffic);
    rows += traffic.length;
    for (const side of sides) side.take(side.stage.push(traffic));
    onProgress(rows);
  }
  for (const side of sides) side.take(side.stage.flush());
  return {
    from: isoOf(from),
    to: isoOf(to),
    rows,
    before: first.result(),
    after: second.result(),
    only_before: first.without(second),
    only_after: second.without(first),
  };
}

class Side {
  readonly stage: ScoringStage;
  readonly #contender: Contender;
  readonly #groups = new Map<string, string>();
  #anomalous = 0;

  constructor(contender: Contender, sensors: SensorHealth) {
    this.#contender = contender;
    this.stage = new ScoringStage(
      new Scorer(contender.model.model, undefined, contender.alertLine),
      0,
      ({ sensor }, arrivedAt) => sensors.abstention(sensor, arrivedAt),
    );
  }

  take(findings: readonly Finding[]): void {
    for (const { observation, verdict } of findings) {
      this.#anomalous += 1;
      const { source, destination, port } = observation.record;
      for (const { group } of groupsOf(observation.record, verdict, () => true))
        this.#groups.set(groupId('', group), `${source} → ${destination}:${port} (${group.kind})`);
    }
  }

  result(): ContenderResult {
    const { model, alertLine } = this.#contender;
    return {
      model_sha256: model.sha256,
      alert_line: alertLine,
      anomalous: this.#anomalous,
      groups: this.#groups.size,
    };
  }

  without(other: Side): { readonly groups: number; readonly examples: readonly string[] } {
    const own = [...this.#groups].filter(([id]) => !other.#groups.has(id)).map(([, name]) => name);
    return { groups: own.length, examples: own.slice(0, EXAMPLES) };
  }
}
