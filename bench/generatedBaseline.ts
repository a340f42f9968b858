import type { OtRecord } from '../src/features/otRecord.js';
import { partsOfHours } from '../src/model/training/partsOfHour.js';
import type { BaselineSource, Group } from '../src/model/training/train.js';
import { seeded } from './forestRows.js';

const HOUR = 3_600;
const RELATIONS = 200;
const STRETCH = 500;

/**
 * A baseline of any size that is made as it is read, as one in Elasticsearch is: 200 relations, each polled with two
 * function codes over persistent connections, with 2 % of jitter, seen in every hour of the window.
 *
 * @param total rows that it counts
 * @param from seconds since the epoch
 */
export function generatedBaseline(total: number, from: number, days: number): BaselineSource {
  const groups = Array.from({ length: RELATIONS * 2 }, (_, g) => exampleOf(g, from));
  const rows = Math.floor(total / groups.length);
  const hours = days * 24;
  const interval = (hours * HOUR) / rows;
  return {
    async *hourCounts() {
      for (const record of groups) {
        for (let hour = 0; hour < hours; hour++) {
          const until = Math.floor((rows * (hour + 1)) / hours) - Math.floor((rows * hour) / hours);
          if (until > 0)
            yield { record, hour: from / HOUR + hour, rows: until, exceptions: 0, requests: until };
        }
      }
    },
    async parts() {
      return partsOfHours(Array.from({ length: hours }, (_, i) => from / HOUR + i));
    },
    /** Nobody writes. */
    async *addresses() {},
    async sample({ example }: Group, limit: number, seed: number) {
      const random = seeded(seed + Number(example.uid.slice(1)));
      const stretches = Math.max(1, Math.floor(Math.min(limit, rows) / STRETCH));
      const length = Math.min(STRETCH, Math.min(limit, rows));
      return Array.from({ length: stretches }, (_, s) => {
        let ts = from + (s * hours * HOUR) / stretches;
        return Array.from({ length }, () => {
          ts += interval * (0.98 + 0.04 * random());
          return { ...example, ts };
        });
      });
    },
  };
}

function exampleOf(g: number, ts: number): OtRecord {
  const relation = g >> 1;
  return {
    log: 'modbus',
    kind: 'request',
    ts,
    uid: `C${g}`,
    sensor: '-',
    vlan: '-',
    source: `10.0.0.${1 + (relation % 4)}`,
    sourcePort: 40_000,
    destination: `10.0.1.${1 + (relation >> 2)}`,
    port: 502,
    protocol: 'modbus',
    unit: '1',
    functionCode: g % 2 === 0 ? 'READ_HOLDING_REGISTERS' : 'READ_COILS',
    exception: undefined,
    address: undefined,
    quantity: undefined,
    origBytes: undefined,
    respBytes: undefined,
    values: [],
  };
}
