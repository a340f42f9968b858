import { describe, expect, it } from 'vitest';
import { toOtRecord } from '../../../src/features/otRecord.js';
import { loadProfile } from '../../../src/profiles/load.js';
import { otTraffic, patternsOf, scorerInput } from '../../../src/profiles/queries.js';
import { rowReader } from '../../../src/profiles/rowReader.js';
import type { IndexProfile } from '../../../src/profiles/schema.js';
import { slotsOf } from '../../../src/profiles/slots.js';
import { SCORED_LOGS, type ScoredLog } from '../../../src/zeek/scoredLogs.js';
import type { Columns } from '../../fixtures/conventions/row.js';
import { SAMPLE_ROWS } from '../../fixtures/conventions/samples.js';
import { CONVENTIONS, SHAPES } from '../../fixtures/conventions/shape.js';

const ARRIVED = Date.parse('2026-01-01T00:00:05.678Z');

/** What of a row a convention keeps, by what its profile says it loses. */
function kept(profile: IndexProfile, log: ScoredLog, columns: Columns): Columns {
  const described = profile.logs[log];
  if (described === undefined) throw new Error(`${log} is not described`);
  const lost = slotsOf(log)
    .filter((slot) => !slot.columns.some((column) => column in described.columns))
    .flatMap((slot) => slot.columns);
  const gone = new Set([...lost, ...Object.keys(described.loses)]);
  const rest = Object.fromEntries(Object.entries(columns).filter(([column]) => !gone.has(column)));
  const ip = described.bytes?.meaning === 'ip' && log === 'conn';
  const history = String(columns['history']);
  return {
    ...rest,
    ts: Math.floor(Number(columns['ts']) * 1000) / 1000,
    ...(ip
      ? {
          orig_bytes: history.includes('D') ? columns['orig_ip_bytes'] : 0,
          resp_bytes: history.includes('d') ? columns['resp_ip_bytes'] : 0,
        }
      : {}),
  };
}

describe('a sample row of every scored log', () => {
  it('exists', () => {
    expect([...new Set(SAMPLE_ROWS.map(([log]) => log))].sort()).toEqual([...SCORED_LOGS].sort());
  });
});

describe.each(CONVENTIONS)('a document of %s', (convention) => {
  const profile = loadProfile(convention);
  const read = rowReader(profile);
  const shaped = SAMPLE_ROWS.map(([log, columns]) => ({
    log: log as ScoredLog,
    columns,
    document: SHAPES[convention]({ log, columns, sensor: 'north', arrivedAt: ARRIVED }),
  }));

  it('exists for exactly the logs that the profile describes', () => {
    const indexed = new Set(shaped.filter(({ document }) => document !== undefined).map(({ log }) => log));
    expect([...indexed].sort()).toEqual(
      Object.keys(profile.logs)
        .filter((log) => log !== 'cip_identity' || indexed.has('cip_identity'))
        .sort(),
    );
    for (const { log, document } of shaped)
      if (document === undefined) expect(profile.absent).toHaveProperty(log);
  });

  it.each(shaped.filter(({ document }) => document !== undefined))(
    'is read as the row of $log that it was made of, less what the profile says is lost',
    ({ log, columns, document }) => {
      const row = read(document);
      const expected = toOtRecord({ log, sensor: 'north', columns: kept(profile, log, columns) });
      expect(expected).toBeDefined();
      expect(row === undefined ? undefined : toOtRecord(row)).toEqual(expected);
    },
  );

  it('gives a connection’s duration in seconds, whatever the unit of its field', () => {
    const conn = shaped.find(({ columns }) => columns['duration'] === 12.5);
    expect(read(conn?.document)?.columns['duration']).toBe(12.5);
  });

  it('of another convention, or of no log that is scored, is no row', () => {
    expect(read({ event: { dataset: 'dns' } })).toBeUndefined();
    expect(read('text')).toBeUndefined();
    expect(read(undefined)).toBeUndefined();
  });
});

describe('a document with dots in its names', () => {
  it('is read like a nested one', () => {
    const read = rowReader(loadProfile('elastic'));
    const nested = SHAPES.elastic({
      log: 'modbus',
      columns: SAMPLE_ROWS[3]?.[1] ?? {},
      sensor: 's',
      arrivedAt: 0,
    });
    expect(read(flat(nested ?? {}))).toEqual(read(nested));
  });
});

function flat(document: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(document).map(([key, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? flat(value as Record<string, unknown>, `${prefix}${key}.`)
        : { [`${prefix}${key}`]: value },
    ),
  );
}

describe('capture_loss.log', () => {
  it.each([
    ['ot_zeek', { ot_zeek: { log: 'capture_loss' }, observer: { name: 'north' } }],
    ['elastic', { event: { dataset: 'zeek.capture_loss' }, agent: { name: 'north' } }],
    ['filebeat', { event: { dataset: 'zeek.capture_loss' }, agent: { name: 'north' } }],
  ])('through %s tells what its sensor lost, and is no traffic', (name, document) => {
    const row = rowReader(loadProfile(name))({
      ...document,
      '@timestamp': '2026-01-01T00:00:01.000Z',
      zeek: { ts: 1_767_225_601, capture_loss: { percent_lost: 12.5, gaps: 1, acks: 8 } },
    });
    expect(row).toEqual({
      log: 'capture_loss',
      sensor: 'north',
      columns: { ts: 1_767_225_601, percent_lost: 12.5 },
    });
    expect(row && toOtRecord(row)).toBeUndefined();
  });

  it('is queried by a scorer beside the traffic, where the profile has it', () => {
    const query = JSON.stringify(scorerInput(loadProfile('elastic')));
    expect(query).toContain('{"term":{"event.kind":"metric"}}');
    expect(query).toContain('{"terms":{"event.dataset":["zeek.capture_loss"]}}');
    expect(scorerInput(loadProfile('malcolm'))).toEqual(otTraffic(loadProfile('malcolm')));
    expect(patternsOf(loadProfile('elastic'), 'site')).toContain('logs-zeek.capture_loss*-site');
  });
});
