import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingest } from '../../src/app/ingest.js';
import { elasticsearchBaseline } from '../../src/elasticsearch/baselineSource.js';
import { PointInTime } from '../../src/elasticsearch/pointInTime.js';
import { type OtRecord, toOtRecord } from '../../src/features/otRecord.js';
import { groupKey } from '../../src/features/relation.js';
import { readLogFile } from '../../src/ingest/readLogFile.js';
import type { HourCount } from '../../src/model/training/structureCounts.js';
import { loadProfile } from '../../src/profiles/load.js';
import { ZeekLogError } from '../../src/zeek/errors.js';
import { LogParser } from '../../src/zeek/logParser.js';
import { SCORED_LOGS } from '../../src/zeek/scoredLogs.js';
import { hasSharedData, sharedLogs } from '../fixtures/sharedData.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { installAssets } from './installAssets.js';

const LONG_AGO = 0;
const LATER = 4_000_000_000;
const namespace = uniqueNamespace();
const folder = mkdtempSync(join(tmpdir(), 'scored-'));
let client: Client;
/** Raw rows by group, as `toOtRecord` reads them without Elasticsearch. */
const raw = new Map<string, OtRecord[]>();
const counted = new Map<string, { readonly example: OtRecord; rows: number; readonly days: Set<number> }>();
let pit: PointInTime;
let baseline: ReturnType<typeof elasticsearchBaseline>;

/** Rows of the logs, and of the shapes of them, of which no real file is at hand. */
const MADE: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  dnp3: [{ fc_reply: 'UNSOLICITED_RESPONSE', iin: 0 }, { fc_request: 'STOP_APPL' }, {}],
  dnp3_control: [
    { function_code: 'DIRECT_OPERATE', operation_type: 'Pulse On', trip_control_code: 'Trip', is_orig: true },
    { function_code: 'RESPONSE', operation_type: 'Pulse On', trip_control_code: 'Trip', is_orig: false },
    { function_code: 'OPERATE', operation_type: 'Pulse On' },
    { function_code: 'OPERATE', trip_control_code: 'Pulse On' },
  ],
  dnp3_objects: [
    { function_code: 'READ', object_type: 'Class 0 Data', is_orig: true },
    { function_code: 'RESPONSE', object_type: '16-Bit Analog Input', object_count: 4, range_low: 0 },
    { function_code: 'READ|x', object_type: 'a, b' },
  ],
  enip: [
    { enip_command: 'List Identity', is_orig: true },
    { enip_command: 'List Identity', is_orig: false },
    { enip_command: 'unknown', enip_command_code: '0x01', is_orig: true },
  ],
  cip: [
    { cip_service: 'Get Attribute List', class_name: 'unknown', class_id: '0x8b', direction: 'request' },
    { cip_service: 'Get Attribute List', class_name: 'unknown', class_id: '0x73', direction: 'request' },
    { cip_service: 'Get Attribute List', class_name: 'Unknown', class_id: '0x73', direction: 'request' },
    { cip_service: 'Get Attribute List', class_id: '0x73', direction: 'request' },
    { cip_service: 'Get Attribute List', direction: 'response', cip_status: 'Success' },
    { cip_service: 'Reset', class_name: 'Identity', class_id: '0x01', direction: 'request' },
  ],
  cip_io: [
    { connection_id: '0x1', is_orig: true },
    { connection_id: '0x2', is_orig: false },
  ],
  cip_identity: [{ product_name: '1756-ENBT/A' }],
  modbus: [
    { func: 'READ_COILS', unit: 1, pdu_type: 'REQ' },
    { func: 'READ|COILS', unit: 1, pdu_type: 'RESP' },
  ],
  modbus_detailed: [
    { func: 'READ_COILS', unit: 1, request_response: 'REQUEST', address: 1, quantity: 2 },
    { func: 'READ_COILS', unit_id: 1, network_direction: 'response' },
    { func: 'READ_COILS', unit: 1, matched: true },
  ],
  modbus_mask_write_register: [
    { func: 'MASK_WRITE_REGISTER', unit: 4, request_response: 'REQUEST', address: 10 },
    { func: 'MASK_WRITE_REGISTER', unit: 4, request_response: 'RESPONSE', address: 10 },
    { func: 'MASK_WRITE_REGISTER', unit_id: 4, network_direction: 'request', address: 10 },
  ],
  modbus_read_write_multiple_registers: [
    { func: 'READ_WRITE_MULTIPLE_REGISTERS', unit: 6, request_response: 'REQUEST', write_start_address: 2 },
  ],
  modbus_read_device_identification: [
    { func: 'ENCAP_INTERFACE_TRANSPORT', unit: 6, request_response: 'RESPONSE', object_id: 'VendorName' },
  ],
  conn: [
    { service: 'dnp3_udp', proto: 'udp', 'id.resp_p': 20_000 },
    { service: 'cip,enip', proto: 'tcp', 'id.resp_p': 44_818 },
    { service: 'ssl,modbus', proto: 'tcp', 'id.resp_p': 44_818 },
    { service: 'ssl', proto: 'tcp', 'id.resp_p': 502 },
    { service: 'enip,cip', proto: 'tcp', 'id.resp_p': 44_818, vlan: 7, inner_vlan: 8 },
    { proto: 'udp', 'id.resp_p': 2222 },
    { service: 'dns', proto: 'udp', 'id.resp_p': 53 },
  ],
};

function madeFiles(): string[] {
  return Object.entries(MADE).map(([log, rows]) => {
    const path = join(folder, `${log}.json`);
    const whole = rows.map((row, index) => ({
      ts: 1_600_000_000.25 + index,
      uid: `C${log}${index}`,
      'id.orig_h': '10.0.0.1',
      'id.orig_p': 40_000,
      'id.resp_h': '10.0.0.2',
      'id.resp_p': 20_000,
      ...row,
    }));
    writeFileSync(path, whole.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return path;
  });
}

/** Reads a file as the ingester does, and keeps what `toOtRecord` makes of its rows. */
async function readRaw(path: string, sensor: string): Promise<void> {
  const parser = new LogParser({ fileName: path });
  try {
    for await (const line of readLogFile(path, () => undefined)) {
      const row = parser.parse(line);
      if (row?.kind !== 'row') continue;
      const columns = JSON.parse(row.message) as Readonly<Record<string, unknown>>;
      const record = toOtRecord({ log: row.log, sensor, columns });
      if (record === undefined) continue;
      const group = raw.get(groupKey(record));
      if (group === undefined) raw.set(groupKey(record), [record]);
      else group.push(record);
    }
  } catch (error) {
    if (!(error instanceof ZeekLogError)) throw error; // masked times: nothing is indexed either
  }
}

beforeAll(async () => {
  await installAssets(namespace);
  client = cluster();
  const shared = hasSharedData() ? sharedLogs(SCORED_LOGS).map(({ path }) => path) : [];
  for (const [index, path] of [...madeFiles(), ...shared].entries()) {
    const sensor = `sensor ${index}`;
    await ingest(client, [path], { namespace, sensor, run: `run-${index}` });
    await readRaw(path, sensor);
  }
  pit = await PointInTime.open(client, `logs-ot_zeek.*-${namespace}`);
  baseline = elasticsearchBaseline(pit, LONG_AGO, LATER, loadProfile());
  for await (const bucket of baseline.hourCounts()) addUp(bucket);
}, 300_000);
afterAll(async () => {
  await pit?.close();
  await client?.close();
  rmSync(folder, { recursive: true, force: true });
});

function addUp({ record, rows, hour }: HourCount): void {
  const group = counted.get(groupKey(record));
  if (group === undefined) counted.set(groupKey(record), { example: record, rows, days: new Set([hour]) });
  else {
    group.rows += rows;
    group.days.add(hour);
  }
}

/** What a record is apart from its time. */
const described = (record: OtRecord) => JSON.stringify(record);

describe('rows read one by one and rows counted by Elasticsearch', () => {
  it('hold every scored log', () => {
    const logs = new Set([...raw.values()].map(([first]) => first?.log));
    expect([...logs].sort()).toEqual([...SCORED_LOGS].sort());
  });

  it('make the same groups, each with the same number of rows in the same hours', () => {
    const ofRaw = [...raw].map(([key, rows]) => ({
      key,
      rows: rows.length,
      hours: new Set(rows.map(({ ts }) => Math.floor(ts / 3600))).size,
    }));
    const ofCounts = [...counted].map(([key, { rows, days }]) => ({ key, rows, hours: days.size }));
    const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1);
    expect(ofCounts.sort(byKey)).toEqual(ofRaw.sort(byKey));
  });

  it('give as a group’s sample exactly its rows that are no responses, with every part the same, and the five minutes that hold any', async () => {
    const groups = [...counted.values()];
    expect(groups.length).toBeGreaterThan(20);
    let sampled = 0;
    for (let from = 0; from < groups.length; from += 16) {
      await Promise.all(
        groups.slice(from, from + 16).map(async ({ example, rows }) => {
          const stretches = await baseline.sample({ example, rows }, 100_000, 1);
          const own = raw.get(groupKey(example)) ?? [];
          const parts = new Set(own.map(({ ts }) => Math.floor(ts / 300)));
          expect(await baseline.parts({ example, rows })).toEqual([...parts].sort((a, b) => a - b));
          const expected = own.filter(({ kind }) => kind !== 'response');
          expect(stretches.flat().map(described).sort()).toEqual(expected.map(described).sort());
          sampled += expected.length;
        }),
      );
    }
    expect(sampled).toBeGreaterThan(20);
  }, 120_000);

  it('name as a group’s addresses exactly those of its rows that are no responses, once in each part of the window', async () => {
    const parts = { seconds: 7_200, begin: 1_000 };
    let named = 0;
    for (const { example, rows } of counted.values()) {
      const found: string[] = [];
      for await (const { address, quantity, part } of baseline.addresses({ example, rows }, parts))
        found.push(`${address} ${quantity} ${part}`);
      const own = (raw.get(groupKey(example)) ?? []).filter(
        ({ kind, address }) => kind !== 'response' && address !== undefined,
      );
      const expected = own.map(
        ({ address, quantity, ts }) =>
          `${address} ${quantity} ${Math.floor((ts - parts.begin) / parts.seconds)}`,
      );
      expect(found.sort()).toEqual([...new Set(expected)].sort());
      named += found.length;
    }
    expect(named).toBeGreaterThan(5);
  }, 120_000);

  it('refuses to sample what it has not counted', () => {
    const stranger = { ...[...counted.values()][0]?.example, source: 'nobody' } as OtRecord;
    expect(() => baseline.sample({ example: stranger, rows: 1 }, 1, 1)).toThrow(/was not counted/);
  });
});
