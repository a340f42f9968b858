import { type BaselineChart, baselineCharts } from '../charts/baselineChart.js';
import { type OtRecord, toOtRecord } from '../features/otRecord.js';
import { loadProfile } from '../profiles/load.js';
import { ProfileError } from '../profiles/profileError.js';
import { rowReader } from '../profiles/rowReader.js';
import { ModelError } from '../registry/modelError.js';
import { type LoadedModel, loadModel } from '../registry/store.js';
import type { Alert } from '../triage/alert.js';

const KEPT = 4;

/** The models of a folder, loaded when they are first asked for. */
export class ModelShelf {
  readonly #folder: string;
  readonly #models = new Map<string, LoadedModel | undefined>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The model of this digest; undefined if it is not in the folder, or can't be trusted to be it. */
  find(sha256: string): LoadedModel | undefined {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    const known = this.#models.get(sha256);
    if (known !== undefined) return known;
    const model = this.#load(sha256);
    if (model === undefined) return undefined;
    this.#models.set(sha256, model);
    for (const key of this.#models.keys()) if (this.#models.size > KEPT) this.#models.delete(key);
    return model;
  }

  /** Charts of an alert against its model's baseline; undefined if model or row is not at hand. */
  charts(alert: Alert, row: unknown): readonly BaselineChart[] | undefined {
    const { model: named, interval } = alert.document.ot_anomaly;
    const loaded = this.find(named?.sha256 ?? '');
    if (loaded === undefined) return undefined;
    const record = recordOf(row, loaded.model.profile.name);
    return record === undefined ? undefined : baselineCharts(record, interval, loaded.model.baseline);
  }

  #load(sha256: string): LoadedModel | undefined {
    try {
      return loadModel(this.#folder, sha256);
    } catch (error) {
      if (error instanceof ModelError) return undefined;
      throw error;
    }
  }
}

/** @param profile by name: a site's own file is not at hand here */
function recordOf(row: unknown, profile: string): OtRecord | undefined {
  try {
    const zeek = rowReader(loadProfile(profile))(row);
    return zeek === undefined ? undefined : toOtRecord(zeek);
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}
