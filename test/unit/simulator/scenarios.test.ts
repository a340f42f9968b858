import { describe, expect, it } from 'vitest';
import {
  buildPlant,
  type PlantProtocol,
  SCENARIOS,
  type SimulatedRow,
  simulatePlant,
} from '../../../src/simulator/index.js';
import { DAY, groupBy, HOUR, median, number, record, START, text } from './recorded.js';

const AT = START + DAY + 3 * HOUR;
const run = (name: string, protocol: PlantProtocol = 'modbus') =>
  record({ plcs: 4, protocols: [protocol], seconds: 3 * DAY, observe: 3, scenarios: [{ name, at: AT }] });

/** Scenarios that change relations of the plant's, or add some whose reconnects carry no label. */
const ADJUSTING = new Set([
  'faster-polling',
  'slow-drift-interval',
  'slow-drift-bytes',
  'slow-drift-setpoint',
  'new-plc-flood',
  'silent-master',
  'bulk-read',
]);
/** Scenarios that add no row: what they leave out can't bear a label. */
const ABSENCES = new Set(['silent-master']);

const calm = new Map<PlantProtocol, ReturnType<typeof record>>();
/** The same plant without any scenario. */
function quietPlant(protocol: PlantProtocol) {
  const known =
    calm.get(protocol) ?? record({ plcs: 4, protocols: [protocol], seconds: 3 * DAY, observe: 3 });
  calm.set(protocol, known);
  return known;
}
const quiet = quietPlant('modbus');
const lines = (rows: readonly SimulatedRow[]) => rows.map((row) => JSON.stringify(row));

describe.each(SCENARIOS.map(({ name, protocol }) => [name, protocol] as const))('%s', (name, protocol) => {
  const { rows, labels, plant } = run(name, protocol);
  const quiet = quietPlant(protocol);
  const uids = new Set(labels.flatMap((label) => label.uids));

  it('labels connections that are in the logs, within its time and between its ends', () => {
    expect(labels.length).toBeGreaterThan(0);
    expect(uids.size > 0).toBe(!ABSENCES.has(name));
    for (const label of labels) {
      expect(label.scenario).toBe(name);
      const labelled = new Set(label.uids);
      const own = rows.filter((row) => labelled.has(text(row, 'uid')));
      expect(new Set(own.map((row) => text(row, 'uid'))).size).toBe(label.uids.length);
      const within = (address: string, network: string) =>
        address.startsWith(network.replace(/\.0\/24$|\.0\.0\/16$/, '.'));
      const [from, to] = [Date.parse(label.from), Date.parse(label.to)];
      const astray = own.filter((row) => {
        const ms = number(row, 'ts') * 1000;
        const between =
          within(text(row, 'id.orig_h'), label.source) && within(text(row, 'id.resp_h'), label.destination);
        return !between || ms < from || ms > to + 1;
      });
      expect(astray).toEqual([]);
    }
  });

  it('leaves no trace of its name in the logs, and the rest of the plant as it was', () => {
    expect(lines(rows).some((line) => line.includes(name))).toBe(false);
    const touched = new Set(labels.map((label) => `${label.source} ${label.destination}`));
    const others = (all: readonly SimulatedRow[]) =>
      lines(
        all.filter(
          (row) =>
            !uids.has(text(row, 'uid')) &&
            !touched.has(`${text(row, 'id.orig_h')} ${text(row, 'id.resp_h')}`),
        ),
      );
    const comparable = quiet.rows.filter(
      (row) => !touched.has(`${text(row, 'id.orig_h')} ${text(row, 'id.resp_h')}`),
    );
    if (ADJUSTING.has(name)) expect(others(rows)).toEqual(lines(comparable));
    else expect(lines(rows.filter((row) => !uids.has(text(row, 'uid'))))).toEqual(lines(quiet.rows));
    expect(plant).toEqual(quiet.plant);
  });
});

describe('what the scenarios do', () => {
  it('new-source: an address that is nowhere else reads registers on 502', () => {
    const { rows, labels, plant } = run('new-source');
    const source = labels[0]?.source ?? '';
    const all = rows.flatMap((row) => [text(row, 'id.orig_h'), text(row, 'id.resp_h')]);
    expect(quiet.rows.some((row) => lines([row])[0]?.includes(source))).toBe(false);
    expect(all.includes(source)).toBe(true);
    const reads = rows.filter((row) => text(row, 'id.orig_h') === source && row.log === 'modbus');
    expect(reads.every((row) => text(row, 'func').startsWith('READ_HOLDING_REGISTERS'))).toBe(true);
    expect(reads.every((row) => number(row, 'id.resp_p') === 502)).toBe(true);
    expect(plant.plcs.some((plc) => plc.address === source)).toBe(false);
  });

  it('historian-pivot: the historian writes PLCs that it never spoke to', () => {
    const { labels, plant, rows } = run('historian-pivot');
    for (const { source, destination, uids } of labels) {
      expect(source).toBe(plant.historian.address);
      const before = quiet.rows.filter(
        (row) => text(row, 'id.orig_h') === source && text(row, 'id.resp_h') === destination,
      );
      expect(before).toEqual([]);
      const own = rows.filter((row) => uids.includes(text(row, 'uid')));
      expect(own.some((row) => text(row, 'func') === 'WRITE_MULTIPLE_REGISTERS')).toBe(true);
    }
  });

  it('new-write: the HMI, which never writes register blocks, does so to a PLC that it only read', () => {
    const { labels, plant, rows } = run('new-write');
    const fromHmi = (all: readonly SimulatedRow[]) =>
      all.filter(
        (row) => text(row, 'id.orig_h') === plant.hmi.address && text(row, 'func').startsWith('WRITE_'),
      );
    const target = labels[0]?.destination;
    expect(fromHmi(quiet.rows).some((row) => text(row, 'func') === 'WRITE_MULTIPLE_REGISTERS')).toBe(false);
    expect(fromHmi(quiet.rows).some((row) => text(row, 'id.resp_h') === target)).toBe(false);
    expect(fromHmi(rows).some((row) => text(row, 'func') === 'WRITE_MULTIPLE_REGISTERS')).toBe(true);
  });

  it('faster-polling: the interval is 0.6 of what it was, and then again what it was', () => {
    const { labels, rows } = run('faster-polling');
    const { source, destination, uids } = labels[0] as (typeof labels)[number];
    const intervals = (own: readonly SimulatedRow[]) =>
      own.slice(1).map((row, i) => number(row, 'ts') - number(own[i] as SimulatedRow, 'ts'));
    const requests = rows.filter(
      (row) =>
        text(row, 'id.orig_h') === source &&
        text(row, 'id.resp_h') === destination &&
        text(row, 'pdu_type') === 'REQ',
    );
    const [func] =
      [...groupBy(requests, (row) => text(row, 'func'))].sort((a, b) => a[1].length - b[1].length)[0] ?? [];
    const one = requests.filter((row) => text(row, 'func') === func);
    const fast = one.filter((row) => uids.includes(text(row, 'uid')));
    const after = one.filter((row) => number(row, 'ts') > AT + 2 * HOUR);
    const before = one.filter((row) => number(row, 'ts') < AT);
    expect(median(intervals(fast)) / median(intervals(before))).toBeCloseTo(0.6, 2);
    expect(median(intervals(after)) / median(intervals(before))).toBeCloseTo(1, 2);
  });

  it('scan: rows without service, refused, unanswered, or reset where a PLC listens', () => {
    const { labels, rows, plant } = run('scan');
    const own = rows.filter((row) => labels[0]?.uids.includes(text(row, 'uid')));
    expect(own.length).toBe(254);
    expect(own.every((row) => row.log === 'conn' && row.row['service'] === undefined)).toBe(true);
    const states = groupBy(own, (row) => text(row, 'conn_state'));
    expect([...states.keys()].sort()).toEqual(['REJ', 'RSTO', 'S0']);
    expect(
      states
        .get('RSTO')
        ?.map((row) => text(row, 'id.resp_h'))
        .sort(),
    ).toEqual(plant.plcs.map((plc) => plc.address).sort());
  });

  it('new-plc: the SCADA master polls an address that was not there, to the end', () => {
    const { labels, rows, plant } = run('new-plc');
    const { destination, source } = labels[0] as (typeof labels)[number];
    expect(source).toBe(plant.scada.address);
    expect(quiet.rows.some((row) => text(row, 'id.resp_h') === destination)).toBe(false);
    const own = rows.filter((row) => text(row, 'id.resp_h') === destination);
    expect(Math.min(...own.map((row) => number(row, 'ts')))).toBeGreaterThanOrEqual(AT);
    expect(Math.max(...own.map((row) => number(row, 'ts')))).toBeGreaterThan(START + 2.5 * DAY);
  });

  it('dnp3-direct-operate: a master that is nowhere else trips relays, and each is logged with its echo', () => {
    const { rows, labels } = run('dnp3-direct-operate', 'dnp3');
    const source = labels[0]?.source ?? '';
    expect(labels.length).toBe(2);
    expect(quietPlant('dnp3').rows.some((row) => text(row, 'id.orig_h') === source)).toBe(false);
    const own = rows.filter((row) => text(row, 'id.orig_h') === source);
    const commands = own.filter((row) => row.log === 'dnp3_control' && row.row['is_orig'] === true);
    expect(commands.length).toBe(8);
    expect(commands.every((row) => text(row, 'function_code') === 'DIRECT_OPERATE')).toBe(true);
    expect(commands.every((row) => text(row, 'trip_control_code') === 'Trip')).toBe(true);
    const echoes = own.filter((row) => text(row, 'status_code') === 'Success');
    expect(echoes.length).toBe(8);
    expect(own.filter((row) => text(row, 'fc_request') === 'DIRECT_OPERATE').length).toBe(8);
  });

  it('cip-program-download: a known workstation uses services that it never used, in their order', () => {
    const { rows, labels, plant } = run('cip-program-download', 'enip');
    expect(labels[0]?.source).toBe(plant.engineering.address);
    const asked = rows.filter(
      (row) =>
        row.log === 'cip' &&
        labels[0]?.uids.includes(text(row, 'uid')) === true &&
        text(row, 'direction') === 'request',
    );
    const services = asked.map((row) => text(row, 'cip_service'));
    expect(services.filter((service, i) => service !== services[i - 1])).toEqual([
      'Get Attributes All',
      'Forward Open',
      'Stop',
      'Delete',
      'Create',
      'Write Data Fragmented',
      'Save',
      'Start',
    ]);
    const before = new Set(quietPlant('enip').rows.map((row) => text(row, 'cip_service')));
    expect([...new Set(services)].filter((service) => !before.has(service))).toEqual([
      'Stop',
      'Delete',
      'Create',
      'Write Data Fragmented',
      'Save',
      'Start',
    ]);
  });

  it('second-writer: the SCADA master writes where only the HMI wrote', () => {
    const { labels, plant, rows } = run('second-writer');
    const writes = (all: readonly SimulatedRow[]) =>
      all.filter(
        (row) => text(row, 'id.orig_h') === plant.scada.address && text(row, 'func').startsWith('WRITE_'),
      );
    expect(writes(quiet.rows)).toEqual([]);
    expect(writes(rows).length).toBe(24);
    const others = quiet.rows.filter(
      (row) => text(row, 'func').startsWith('WRITE_') && text(row, 'id.resp_h') === labels[0]?.destination,
    );
    expect(others.some((row) => text(row, 'id.orig_h') === plant.hmi.address)).toBe(true);
  });

  it('silent-master: the SCADA master leaves one PLC alone for a day, and then polls it again', () => {
    const { labels, rows } = run('silent-master');
    const [label] = labels;
    const [from, to] = [Date.parse(label?.from ?? ''), Date.parse(label?.to ?? '')];
    const times = rows.flatMap((row) =>
      text(row, 'id.orig_h') === label?.source && text(row, 'id.resp_h') === label.destination
        ? [number(row, 'ts') * 1000]
        : [],
    );
    expect(times.some((ms) => ms < from)).toBe(true);
    expect(times.filter((ms) => ms >= from && ms < to)).toEqual([]);
    expect(times.some((ms) => ms >= to)).toBe(true);
  });

  it('slow-drift-interval: each connection polls a little slower than the one before', () => {
    const scenarios = [{ name: 'slow-drift-interval', at: AT }];
    const { labels, plant, rows } = record({ plcs: 1, seconds: 3 * DAY, observe: 60, scenarios });
    const uids = new Set(labels[0]?.uids);
    // A function that is read once in a cycle: of one that is read twice, two sequences would be mixed.
    const functions = plant.plcs[0]?.scadaReads.map((read) => read.func) ?? [];
    const func = functions.find((name) => functions.indexOf(name) === functions.lastIndexOf(name));
    const requests = rows.filter(
      (row) => uids.has(text(row, 'uid')) && text(row, 'pdu_type') === 'REQ' && text(row, 'func') === func,
    );
    expect(func).toBeDefined();
    const medians = [...groupBy(requests, (row) => text(row, 'uid')).values()]
      .filter((own) => own.length > 20)
      .map((own) =>
        median(own.slice(1).map((row, i) => number(row, 'ts') - number(own[i] as SimulatedRow, 'ts'))),
      );
    expect(medians.length).toBeGreaterThan(4);
    const growth = (medians.at(-1) ?? 0) / (medians[0] ?? 1);
    expect(growth).toBeGreaterThan(1.1);
    expect(growth).toBeLessThan(1.25);
    for (const [i, now] of medians.entries()) expect(now / (medians[i - 1] ?? now)).toBeLessThan(1.06);
  });

  it('slow-drift-bytes: the historian’s answers shrink register by register', () => {
    const { labels, rows } = run('slow-drift-bytes');
    const uids = new Set(labels[0]?.uids);
    const bytes = rows
      .filter((row) => row.log === 'conn' && uids.has(text(row, 'uid')) && number(row, 'resp_bytes') > 20)
      .map((row) => number(row, 'resp_bytes'));
    expect(bytes.every((count, i) => count <= (bytes[i - 1] ?? count))).toBe(true);
    expect((bytes[0] ?? 0) - (bytes.at(-1) ?? 0)).toBeGreaterThan(60);
  });

  it('slow-drift-setpoint: written values creep upwards, and nothing else of the writes changes', () => {
    const drifting = (scenarios: readonly { readonly name: string; readonly at: number }[]) =>
      record({
        plcs: 1,
        seconds: 4 * DAY,
        observe: 1,
        scenarios,
        logs: ['modbus_detailed'],
      }).rows.filter((row) => text(row, 'func') === 'WRITE_SINGLE_REGISTER');
    const level = (rows: readonly SimulatedRow[]) => {
      const byAddress = groupBy(rows, (row) => text(row, 'address'));
      return new Map(
        [...byAddress].map(([address, own]) => [
          address,
          median(own.map((row) => Number((row.row['request_values'] as readonly number[])[0]))),
        ]),
      );
    };
    const usual = level(drifting([]));
    const drifted = drifting([{ name: 'slow-drift-setpoint', at: AT }]);
    const before = level(drifted.filter((row) => number(row, 'ts') < AT));
    const late = level(drifted.filter((row) => number(row, 'ts') > AT + 2 * DAY));
    for (const [address, value] of before)
      expect(Math.abs(value / (usual.get(address) ?? value) - 1)).toBeLessThan(0.08);
    const ratios = [...late].map(([address, value]) => value / (usual.get(address) ?? value));
    expect(ratios.length).toBeGreaterThan(0);
    expect(median(ratios)).toBeGreaterThan(1.08);
    expect(median(ratios)).toBeLessThan(1.35);
  });

  it('flood: 16,000 sources within a minute, none of them a host of the plant', () => {
    const { labels, rows, plant } = run('flood');
    const uids = new Set(labels[0]?.uids);
    const own = rows.filter((row) => uids.has(text(row, 'uid')));
    expect(own.length).toBe(16_000);
    const sources = new Set(own.map((row) => text(row, 'id.orig_h')));
    expect(sources.size).toBe(16_000);
    expect(plant.plcs.some(({ address }) => sources.has(address))).toBe(false);
    expect(new Set(own.map((row) => text(row, 'id.resp_h')))).toEqual(new Set([plant.plcs[0]?.address]));
  });

  it('off-hours-engineering: functions that the workstation uses by day, at three in the morning', () => {
    const { labels, rows, plant } = run('off-hours-engineering');
    expect(labels[0]?.source).toBe(plant.engineering.address);
    expect(new Date(labels[0]?.from ?? '').getUTCHours()).toBe(3);
    const own = rows.filter((row) => labels[0]?.uids.includes(text(row, 'uid')));
    expect(own.some((row) => text(row, 'func') === 'WRITE_MULTIPLE_REGISTERS')).toBe(true);
    const month = record({ plcs: 4, seconds: 21 * DAY, observe: 1 });
    const usual = new Set(
      month.rows
        .filter((row) => text(row, 'id.orig_h') === plant.engineering.address)
        .map((row) => text(row, 'func')),
    );
    expect(own.filter((row) => !usual.has(text(row, 'func')))).toEqual([]);
  });

  it('new-plc-flood: twelve new destinations, and one unknown source that writes to an old one', () => {
    const { labels, rows, plant } = run('new-plc-flood');
    const known = new Set(plant.plcs.map(({ address }) => address));
    const fresh = new Set(rows.map((row) => text(row, 'id.resp_h')).filter((address) => !known.has(address)));
    expect(fresh.size).toBe(12);
    const intrusion = labels.find(({ source }) => source !== plant.scada.address);
    expect(intrusion?.destination).toBe(plant.plcs[0]?.address);
    const own = rows.filter((row) => intrusion?.uids.includes(text(row, 'uid')));
    expect(own.some((row) => text(row, 'func') === 'WRITE_MULTIPLE_REGISTERS')).toBe(true);
  });
});

describe('scenarios of what known relations do', () => {
  it('identity-probe: the HMI asks for an identity, and never did', () => {
    const { labels, plant, rows } = run('identity-probe');
    const asked = (all: readonly SimulatedRow[]) =>
      all.filter(
        (row) =>
          text(row, 'id.orig_h') === plant.hmi.address && text(row, 'func').startsWith('REPORT_SLAVE_ID'),
      );
    expect(asked(quiet.rows)).toEqual([]);
    expect(asked(rows).every((row) => labels[0]?.uids.includes(text(row, 'uid')))).toBe(true);
    expect(asked(rows).length).toBe(6);
  });

  it('register-search: a function that the HMI has anyway, answered with exceptions only', () => {
    const { labels, plant, rows } = run('register-search');
    const own = rows.filter((row) => labels[0]?.uids.includes(text(row, 'uid')) && row.log === 'modbus');
    const answers = own.filter((row) => text(row, 'pdu_type') === 'RESP');
    expect(answers.length).toBe(40);
    expect(answers.every((row) => row.row['exception'] === 'ILLEGAL_DATA_ADDRESS')).toBe(true);
    const usual = new Set(
      quiet.rows
        .filter((row) => text(row, 'id.orig_h') === plant.hmi.address)
        .map((row) => text(row, 'func')),
    );
    const asked = own.filter((row) => text(row, 'pdu_type') === 'REQ').map((row) => text(row, 'func'));
    expect(asked.filter((func) => !usual.has(func))).toEqual([]);
  });

  it('write-burst: the HMI writes what it always wrote, a hundred times', () => {
    const { labels, plant, rows } = run('write-burst');
    const [label] = labels;
    const own = rows.filter(
      (row) => label?.uids.includes(text(row, 'uid')) && text(row, 'pdu_type') === 'REQ',
    );
    expect(own.length).toBe(100);
    expect(label?.source).toBe(plant.hmi.address);
    const usual = quiet.rows.filter(
      (row) => text(row, 'id.orig_h') === label?.source && text(row, 'id.resp_h') === label.destination,
    );
    const functions = new Set(usual.map((row) => text(row, 'func')));
    expect(own.every((row) => functions.has(text(row, 'func')))).toBe(true);
  });

  it('write-elsewhere: the HMI writes registers that it never wrote, with a function that it always used', () => {
    const detailed = (scenarios: readonly { readonly name: string; readonly at: number }[]) =>
      record({ plcs: 4, seconds: 3 * DAY, observe: 3, scenarios, logs: ['modbus_detailed'] });
    const { labels, rows } = detailed([{ name: 'write-elsewhere', at: AT }]);
    const [label] = labels;
    const writesOf = (all: readonly SimulatedRow[]) =>
      all.filter(
        (row) =>
          text(row, 'func') === 'WRITE_SINGLE_REGISTER' &&
          text(row, 'id.orig_h') === label?.source &&
          text(row, 'id.resp_h') === label.destination,
      );
    const own = writesOf(rows).filter((row) => label?.uids.includes(text(row, 'uid')));
    const usual = new Set(writesOf(detailed([]).rows).map((row) => text(row, 'address')));
    expect(new Set(own.map((row) => text(row, 'address'))).size).toBe(3);
    expect(usual.size).toBeGreaterThan(0);
    expect(own.filter((row) => usual.has(text(row, 'address')))).toEqual([]);
  });

  it('set-point-jump: the HMI writes one value far beyond all that it ever wrote there', () => {
    const detailed = (scenarios: readonly { readonly name: string; readonly at: number }[]) =>
      record({ plcs: 4, seconds: 3 * DAY, observe: 3, scenarios, logs: ['modbus_detailed'] });
    const { labels, rows } = detailed([{ name: 'set-point-jump', at: AT }]);
    const [label] = labels;
    const [own, ...others] = rows.filter((row) => label?.uids.includes(text(row, 'uid')));
    const values = (row: SimulatedRow) => row.row['request_values'] as readonly number[];
    const usual = detailed([]).rows.filter(
      (row) =>
        text(row, 'func') === text(own as SimulatedRow, 'func') &&
        text(row, 'address') === text(own as SimulatedRow, 'address') &&
        text(row, 'id.orig_h') === label?.source &&
        text(row, 'id.resp_h') === label.destination,
    );
    expect([own === undefined, others.length, usual.length > 0]).toEqual([false, 0, true]);
    const most = Math.max(...usual.flatMap(values));
    expect(values(own as SimulatedRow)[0]).toBeGreaterThan(50 * most);
  });

  it('bulk-read: the historian’s answers are larger, poll for poll', () => {
    const { labels, rows } = run('bulk-read');
    const [label] = labels;
    const polls = (all: readonly SimulatedRow[]) =>
      all.filter(
        (row) =>
          row.log === 'conn' &&
          text(row, 'id.orig_h') === label?.source &&
          text(row, 'id.resp_h') === label.destination,
      );
    const [own, usual] = [
      polls(rows).filter((row) => label?.uids.includes(text(row, 'uid'))),
      polls(quiet.rows),
    ];
    expect(own.length).toBe(30);
    const bytes = (all: readonly SimulatedRow[]) => median(all.map((row) => number(row, 'resp_bytes')));
    expect(bytes(own)).toBeGreaterThan(1.5 * bytes(usual));
  });
});

describe('a scenario that cannot be', () => {
  const plant = buildPlant({ seed: 42, plcs: 1 });
  const simulate = (name: string, at: number) => () =>
    simulatePlant({ plant, from: START, to: START + DAY, scenarios: [{ name, at }] }).next();

  it('is refused by its name, its time, or what the plant lacks, before any row', () => {
    expect(simulate('sabotage', START)).toThrow(/no scenario "sabotage"/);
    expect(simulate('scan', START + DAY)).toThrow(/outside what is simulated/);
    expect(simulate('dnp3-direct-operate', START)).toThrow(/needs a plant that speaks dnp3/);
    expect(simulate('historian-pivot', START)).toThrow(/needs a PLC that the historian does not poll/);
  });
});
