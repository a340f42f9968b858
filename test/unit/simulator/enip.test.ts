import { describe, expect, it } from 'vitest';
import { requestBytes } from '../../../src/simulator/enip/cipServices.js';
import { encapsulatedLength } from '../../../src/simulator/enip/encapsulation.js';
import { buildPlant } from '../../../src/simulator/index.js';
import { findLogType } from '../../../src/zeek/logTypes.js';
import { scoredLogType } from '../../../src/zeek/scoredLogs.js';
import { DAY, groupBy, HOUR, median, number, record, START, text } from './recorded.js';

const week = record({ plcs: 3, protocols: ['enip'], seconds: 7 * DAY, observe: 1 });
const hour = record({ plcs: 2, protocols: ['enip'], from: START + 10 * HOUR, seconds: 900, observe: 3600 });
const of = (log: string) => week.rows.filter((row) => row.log === log);
const controllers = week.plant.enip?.controllers ?? [];

describe('lengths', () => {
  it("are those of ICSNPP's example capture: 32 bytes ask for one attribute of the wall clock", () => {
    const path = { classId: '0x8b', instanceId: '0x01' };
    const request = { service: 'Get Attribute List', path, sends: 4 } as const;
    expect(encapsulatedLength('connected', requestBytes(request))).toBe(32);
  });
});

describe('an EtherNet/IP cell', () => {
  it('writes no column that its logs lack, into logs that the product scores', () => {
    for (const { log, row } of week.rows) {
      const known = findLogType(log)?.columns ?? {};
      const columns = Object.keys(row).filter(
        (column) => column !== 'ts' && column !== 'uid' && !column.startsWith('id.'),
      );
      expect(columns.filter((column) => !(column in known))).toEqual([]);
    }
    for (const log of new Set(week.rows.map((row) => row.log))) expect(scoredLogType(log)).toBeDefined();
  });

  it('tells of each CIP message in enip.log too, under one correlation id', () => {
    const carriers = new Set(of('enip').map((row) => text(row, 'packet_correlation_id')));
    expect(of('cip').every((row) => carriers.has(text(row, 'packet_correlation_id')))).toBe(true);
    expect(carriers.size).toBe(of('enip').length);
  });

  it('gives a session one handle, which its registration has not yet', () => {
    for (const rows of groupBy(of('enip'), (row) => text(row, 'uid')).values()) {
      const handles = rows
        .filter((row) => text(row, 'enip_command').startsWith('Send'))
        .map((row) => text(row, 'session_handle'));
      expect(new Set(handles).size).toBeLessThanOrEqual(1);
      const asked = rows.find((row) => text(row, 'enip_command') === 'Register Session');
      if (asked !== undefined) expect(text(asked, 'session_handle')).toBe('0x00000000');
    }
  });

  it('names class and instance in requests only, and a status in responses only', () => {
    for (const { row } of of('cip')) {
      if (row['direction'] === 'response') expect(row).toMatchObject({ cip_status: 'Success' });
      else expect(row['cip_status']).toBeUndefined();
      if (row['direction'] === 'response') expect(row['class_id']).toBeUndefined();
    }
    const opened = of('cip').filter((row) => text(row, 'cip_service') === 'Forward Open');
    expect(opened.some((row) => text(row, 'class_name') === 'Connection Manager')).toBe(true);
  });

  it('reads at the SCADA server’s period', () => {
    for (const controller of hour.plant.enip?.controllers ?? []) {
      const reads = hour.rows.filter(
        (row) =>
          row.log === 'cip' &&
          text(row, 'id.orig_h') === hour.plant.scada.address &&
          text(row, 'id.resp_h') === controller.address &&
          text(row, 'direction') === 'request' &&
          text(row, 'cip_service') === 'Read Data',
      );
      const intervals = reads
        .slice(1)
        .map((row, i) => number(row, 'ts') - number(reads[i] as typeof row, 'ts'));
      expect(median(intervals)).toBeCloseTo(controller.scadaPeriod / 1e6, 1);
    }
  });

  it('exchanges I/O both ways on UDP 2222, one datagram a cycle, counted without a gap', () => {
    for (const rows of groupBy(
      hour.rows.filter(({ log }) => log === 'cip_io'),
      (row) => `${text(row, 'uid')} ${text(row, 'connection_id')}`,
    ).values()) {
      rows.forEach((row, i) => {
        expect(number(row, 'sequence_number')).toBe(number(rows[0] as typeof row, 'sequence_number') + i);
        expect(number(row, 'id.orig_p')).toBe(2222);
        expect(text(row, 'io_data').length).toBe(2 * number(row, 'data_length'));
      });
      expect(rows.length).toBeGreaterThan(1_700);
    }
  });

  it('has an I/O cycle of its owner’s choice', () => {
    const plant = buildPlant({ seed: 42, plcs: 1, protocols: ['enip'], ioCycleMs: 10 });
    expect(plant.enip?.controllers[0]?.adapters[0]?.interval).toBe(10_000);
    expect(() => buildPlant({ seed: 42, plcs: 1, protocols: ['enip'], ioCycleMs: 60_000 })).toThrow(
      /the I\/O cycle lasts/,
    );
  });

  it('lets operators write only where they may, and only engineers ask who is there', () => {
    for (const controller of controllers) {
      const own = of('cip').filter((row) => text(row, 'id.resp_h') === controller.address);
      const written = own.filter(
        (row) =>
          text(row, 'cip_service') === 'Write Data' && text(row, 'id.orig_h') === week.plant.hmi.address,
      );
      expect(written.length > 0).toBe(controller.operated);
    }
    const asked = of('cip_identity');
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((row) => text(row, 'id.orig_h') === week.plant.engineering.address)).toBe(true);
  });
});
