import { z } from 'zod';
import type { OtRecord } from '../features/otRecord.js';
import { describeRelation, relationKey } from '../features/relation.js';
import { isoOf } from '../isoTime.js';
import type { Part } from '../model/detectors/detector.js';
import { scoreOf } from '../model/scale.js';

/** A relation that should speak and doesn't. */
export interface Silence {
  /** the relation as a record at the time (s) at which its silence became one */
  readonly record: OtRecord;
  readonly part: Part;
}

interface Watched {
  readonly record: OtRecord;
  /** seconds: allowed between two requests */
  readonly limit: number;
  /** seconds since the epoch of the newest request, or of the beginning of the watch */
  last: number | undefined;
  told: boolean;
}

/** relation key → time (s) of its newest request, and whether its silence has been told */
export const silenceStateSchema = z.array(z.tuple([z.string(), z.tuple([z.number(), z.boolean()])]));
export type SilenceState = z.infer<typeof silenceStateSchema>;

/** Silence is looked for once in so many seconds of a sensor's time. */
const EVERY_SECONDS = 10;

/**
 * Watches the relations that were there in nearly every hour of the baseline: once one has been quiet for longer
 * than its limit, by the clock of its own sensor's rows, that is told once, until it speaks again.
 */
export class SilenceWatch {
  readonly #bySensor = new Map<string, Map<string, Watched>>();
  readonly #lookedAt = new Map<string, number>();

  /**
   * @param limits relation key → seconds (the model's `baseline.silence`)
   * @param isOwn which relations to watch: all, unless other scorers have their share
   */
  constructor(limits: Readonly<Record<string, number>>, isOwn: (record: OtRecord) => boolean = () => true) {
    for (const [key, limit] of Object.entries(limits)) {
      const record = recordOf(key);
      if (!isOwn(record)) continue;
      const watched = this.#bySensor.get(record.sensor) ?? new Map<string, Watched>();
      watched.set(key, { record, limit, last: undefined, told: false });
      this.#bySensor.set(record.sensor, watched);
    }
  }

  see(record: OtRecord): void {
    const watched = this.#bySensor.get(record.sensor)?.get(relationKey(record));
    if (watched === undefined || (watched.last !== undefined && record.ts <= watched.last)) return;
    watched.last = record.ts;
    watched.told = false;
  }

  /**
   * @param now seconds since the epoch, the newest time of the sensor's rows
   * @param abstains whether the sensor is known not to see everything: then nothing is told yet
   */
  overdue(sensor: string, now: number, abstains: (record: OtRecord) => boolean): Silence[] {
    const lookedAt = this.#lookedAt.get(sensor);
    const relations = this.#bySensor.get(sensor);
    if (relations === undefined || (lookedAt !== undefined && now - lookedAt < EVERY_SECONDS)) return [];
    this.#lookedAt.set(sensor, now);
    const silences: Silence[] = [];
    for (const watched of relations.values()) {
      watched.last ??= now;
      if (watched.told || now - watched.last <= watched.limit || abstains(watched.record)) continue;
      watched.told = true;
      silences.push(silenceOf(watched, watched.last));
    }
    return silences;
  }

  state(): SilenceState {
    return [...this.#bySensor.values()].flatMap((relations) =>
      [...relations].flatMap(
        ([key, { last, told }]): SilenceState => (last === undefined ? [] : [[key, [last, told]]]),
      ),
    );
  }

  restore(state: SilenceState): void {
    for (const [key, [last, told]] of state) {
      const watched = this.#bySensor.get(recordOf(key).sensor)?.get(key);
      if (watched === undefined) continue;
      watched.last = last;
      watched.told = told;
    }
  }
}

function silenceOf({ record, limit }: Watched, last: number): Silence {
  const since = isoOf(last);
  const allowed = `${Math.round(limit / 60)} min`;
  return {
    record: { ...record, ts: last + limit },
    part: {
      detector: 'silence',
      // twice its limit: clearly below the line, and above every novelty of a writer
      score: scoreOf(2, 1),
      subject: relationKey(record),
      since: last,
      evidence: [
        {
          feature: 'silence',
          observed: `none since ${since}`,
          usual: `at most ${allowed} without one`,
          text: `${describeRelation(record)} has fallen silent: nothing since ${since}, while its sensor sees other traffic; the baseline allows ${allowed}`,
        },
      ],
    },
  };
}

/** A relation key (features/relation.ts) taken apart again. */
function recordOf(key: string): OtRecord {
  const [sensor = '-', vlan = '-', source = '', destination = '', port = '0', protocol = '', unit = '-'] =
    key.split('|');
  return {
    log: 'conn',
    kind: 'transaction',
    ts: 0,
    uid: '-',
    sensor,
    vlan,
    source,
    sourcePort: 0,
    destination,
    port: Number(port),
    protocol: protocol as OtRecord['protocol'],
    unit,
    functionCode: '-',
    exception: undefined,
    address: undefined,
    quantity: undefined,
    values: [],
    origBytes: undefined,
    respBytes: undefined,
  };
}
