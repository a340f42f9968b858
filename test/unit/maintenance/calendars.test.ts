import { describe, expect, it } from 'vitest';
import { readCalendar } from '../../../src/maintenance/readCalendar.js';
import type { Scope } from '../../../src/maintenance/window.js';

const horizon = { from: Date.parse('2026-03-01T00:00:00Z'), to: Date.parse('2026-05-01T00:00:00Z') };
const NOTHING: Scope = { assets: [], zones: [] };

function windows(name: string, text: string, scope = NOTHING, timeZone = 'UTC') {
  return readCalendar(name, text, { horizon, timeZone, scope });
}
/** `2026-03-03T05:00/07:00 summary` */
function told(name: string, text: string, timeZone = 'UTC'): readonly string[] {
  return windows(name, text, NOTHING, timeZone).windows.map(
    ({ start, end, summary }) =>
      `${new Date(start).toISOString().slice(0, 16)}/${new Date(end).toISOString().slice(11, 16)} ${summary}`,
  );
}
const ics = (...lines: readonly string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//x//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: readonly string[]) => [
  'BEGIN:VEVENT',
  'DTSTAMP:20260101T000000Z',
  ...lines,
  'END:VEVENT',
];

describe('a YAML calendar', () => {
  it('recurs at the same local hour over the change of clocks, less exceptions, with additions', () => {
    const text = `
time_zone: Europe/Berlin
windows:
  - summary: Backup of the historian
    start: 2026-03-03T06:00
    duration: 2h
    rrule: FREQ=WEEKLY;BYDAY=TU;COUNT=6
    except: [2026-03-10T06:00]
    also: [2026-03-12T09:30]
`;
    expect(told('plan.yml', text)).toEqual([
      '2026-03-03T05:00/07:00 Backup of the historian',
      '2026-03-12T08:30/10:30 Backup of the historian',
      '2026-03-17T05:00/07:00 Backup of the historian',
      '2026-03-24T05:00/07:00 Backup of the historian',
      '2026-03-31T04:00/06:00 Backup of the historian',
      '2026-04-07T04:00/06:00 Backup of the historian',
    ]);
  });

  it('takes in what overlaps the horizon only, and says what goes on after it', () => {
    const text = `
windows:
  - summary: since long
    start: 2010-01-01T23:00
    duration: 2h
    rrule: FREQ=DAILY
  - { summary: over the edge, start: 2026-02-27T00:00, end: 2026-03-02T00:00 }
  - { summary: past, start: 2026-02-20T00:00, end: 2026-02-21T00:00 }
`;
    const { windows: found, goingOn } = windows('plan.yaml', text);
    expect(found.filter(({ summary }) => summary === 'since long')).toHaveLength(62); // the last of February too
    expect(found.map(({ summary }) => summary)).toContain('over the edge');
    expect(found.map(({ summary }) => summary)).not.toContain('past');
    expect(goingOn).toBe(1);
  });

  it('names every problem with its path', () => {
    const text = `
time_zone: Mars/Olympus
windows:
  - { summary: a, start: 2026-02-30T06:00, duration: 2h }
  - { summary: b, start: 2026-03-01T06:00, duration: 2h, rrule: FREQ=WEEKLY;BYDAYS=TU }
  - { summary: c, start: 2026-03-01T06:00 }
  - { summary: d, start: 2026-03-01T06:00, duration: 2h, asset: x }
  - { summary: e, start: 2026-03-01T06:00, duration: 2h, rrule: FREQ=SECONDLY }
  - { summary: f, start: 2026-03-01T06:00, duration: 2h, assets: [10.0.0.0/33] }
`;
    expect(() => windows('plan.yml', text)).toThrow(
      /time_zone: .*\n(.*\n)*windows\.0\.start: .*\nwindows\.1\.rrule: .*BYDAYS.*\nwindows\.2\.end: .*\nwindows\.3: .*asset.*\nwindows\.4\.rrule: .*\nwindows\.5\.assets\.0: /,
    );
    expect(() =>
      windows('plan.yml', 'windows: [{summary: a, start: 2026-03-02T00:00, end: 2026-03-01T00:00}]'),
    ).toThrow(/windows\.0: expected an end after the start/);
    expect(() =>
      windows(
        'plan.yml',
        'windows: [{summary: a, start: 2026-03-02T00:00, duration: 1h, rrule: FREQ=WEEKLY;BYDAY=XX}]',
      ),
    ).toThrow(/windows\.0/);
    expect(() => windows('plan.yml', 'a: &a [1]\nwindows: *a')).toThrow(/not YAML/);
  });
});

describe('an .ics calendar', () => {
  it('gives every occurrence, less EXDATE, with RDATE as a time and as a period, at the same local hour', () => {
    const text = ics(
      ...event(
        'UID:1',
        'SUMMARY:Backup',
        'DTSTART;TZID=Europe/Berlin:20260303T060000',
        'DTEND;TZID=Europe/Berlin:20260303T080000',
        'RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=6',
        'EXDATE;TZID=Europe/Berlin:20260310T060000',
        'RDATE;TZID=Europe/Berlin:20260312T093000',
        'RDATE;VALUE=PERIOD:20260313T100000Z/PT30M',
      ),
    );
    expect(told('a.ics', text)).toEqual([
      '2026-03-03T05:00/07:00 Backup',
      '2026-03-12T08:30/10:30 Backup',
      '2026-03-13T10:00/10:30 Backup',
      '2026-03-17T05:00/07:00 Backup',
      '2026-03-24T05:00/07:00 Backup',
      '2026-03-31T04:00/06:00 Backup',
      '2026-04-07T04:00/06:00 Backup',
    ]);
  });

  it('gives the windows that the same rule in YAML gives', () => {
    for (const [rule, start] of [
      ['FREQ=MONTHLY;BYDAY=1SU;INTERVAL=1', '2025-12-07'],
      ['FREQ=MONTHLY;BYMONTHDAY=-1', '2025-12-31'],
      ['FREQ=DAILY;INTERVAL=3;UNTIL=20260415T000000Z', '2026-01-02'],
      ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU', '2026-01-05'],
      ['FREQ=YEARLY;BYMONTH=4;BYDAY=SA', '2025-04-05'],
      ['FREQ=HOURLY;INTERVAL=36', '2026-01-02'],
    ] as const) {
      const fromIcs = ics(
        ...event(
          'UID:1',
          'SUMMARY:x',
          `DTSTART;TZID=America/New_York:${start.replaceAll('-', '')}T220000`,
          'DURATION:PT3H',
          `RRULE:${rule}`,
        ),
      );
      const fromYaml = `windows: [{ summary: x, time_zone: America/New_York, start: ${start}T22:00, duration: 3h, rrule: ${JSON.stringify(rule)} }]`;
      expect(told('a.ics', fromIcs), rule).toEqual(told('a.yml', fromYaml));
      expect(told('a.ics', fromIcs).length, rule).toBeGreaterThan(0);
    }
  });

  it('moves, changes and cancels single occurrences, and all later ones', () => {
    const text = ics(
      ...event(
        'UID:1',
        'SUMMARY:Weekly',
        'DTSTART:20260302T080000Z',
        'DTEND:20260302T090000Z',
        'RRULE:FREQ=WEEKLY;COUNT=8',
      ),
      ...event(
        'UID:1',
        'SUMMARY:Moved',
        'RECURRENCE-ID:20260309T080000Z',
        'DTSTART:20260311T120000Z',
        'DTEND:20260311T150000Z',
      ),
      ...event(
        'UID:1',
        'SUMMARY:Weekly',
        'STATUS:CANCELLED',
        'RECURRENCE-ID:20260316T080000Z',
        'DTSTART:20260316T080000Z',
        'DTEND:20260316T090000Z',
      ),
      ...event(
        'UID:1',
        'SUMMARY:Later from now on',
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20260406T080000Z',
        'DTSTART:20260406T100000Z',
        'DTEND:20260406T110000Z',
      ),
      ...event(
        'UID:2',
        'SUMMARY:Off',
        'STATUS:CANCELLED',
        'DTSTART:20260302T080000Z',
        'DTEND:20260302T090000Z',
        'RRULE:FREQ=DAILY',
      ),
    );
    expect(told('a.ics', text)).toEqual([
      '2026-03-02T08:00/09:00 Weekly',
      '2026-03-11T12:00/15:00 Moved',
      '2026-03-23T08:00/09:00 Weekly',
      '2026-03-30T08:00/09:00 Weekly',
      '2026-04-06T10:00/11:00 Later from now on',
      '2026-04-13T10:00/11:00 Later from now on',
      '2026-04-20T10:00/11:00 Later from now on',
    ]);
  });

  it('uses the file’s own zone where its name is none of IANA’s, and refuses one that nobody knows', () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:W. Europe Standard Time',
      'BEGIN:STANDARD',
      'DTSTART:16010101T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
      'END:DAYLIGHT',
      'END:VTIMEZONE',
    ];
    const weekly = event(
      'UID:1',
      'SUMMARY:x',
      'DTSTART;TZID=W. Europe Standard Time:20260324T060000',
      'DURATION:PT1H',
      'RRULE:FREQ=WEEKLY;COUNT=2',
    );
    expect(told('a.ics', ics(...zone, ...weekly))).toEqual([
      '2026-03-24T05:00/06:00 x',
      '2026-03-31T04:00/05:00 x',
    ]);
    expect(() => told('a.ics', ics(...weekly))).toThrow(/W\. Europe Standard Time/);
  });

  it('takes whole days and floating times in the calendar’s zone, else in the one given', () => {
    const day = event(
      'UID:1',
      'SUMMARY:shutdown',
      'DTSTART;VALUE=DATE:20260401',
      'DTEND;VALUE=DATE:20260403',
    );
    const floating = event('UID:2', 'SUMMARY:floating', 'DTSTART:20260404T060000', 'DURATION:PT1H');
    expect(told('a.ics', ics(...day, ...floating), 'Asia/Tokyo')).toEqual([
      '2026-03-31T15:00/15:00 shutdown',
      '2026-04-03T21:00/22:00 floating',
    ]);
    expect(told('a.ics', ics('X-WR-TIMEZONE:Europe/Berlin', ...floating), 'Asia/Tokyo')).toEqual([
      '2026-04-04T04:00/05:00 floating',
    ]);
  });

  it('reads assets and zones from categories, and gives others the scope of the import', () => {
    const text = ics(
      ...event(
        'UID:1',
        'SUMMARY:a',
        'CATEGORIES:Maintenance,zone:level2,asset:10.0.1.7',
        'DTSTART:20260401T060000Z',
        'DURATION:PT1H',
      ),
      ...event('UID:2', 'SUMMARY:b', 'DTSTART:20260402T060000Z', 'DURATION:PT1H'),
    );
    const { windows: found } = windows('a.ics', text, { assets: [], zones: ['dmz'] });
    expect(found.map(({ assets, zones }) => ({ assets, zones }))).toEqual([
      { assets: ['10.0.1.7'], zones: ['level2'] },
      { assets: [], zones: ['dmz'] },
    ]);
  });

  it('does not let a rule keep it busy: one that never comes true, one that comes true each second', () => {
    const never = event(
      'UID:1',
      'SUMMARY:x',
      'DTSTART:20200101T000000Z',
      'DURATION:PT1H',
      'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    );
    expect(told('a.ics', ics(...never))).toEqual([]);
    const sixty = Array.from({ length: 60 }, (_, i) => i).join(',');
    const often = `FREQ=HOURLY;BYMINUTE=${sixty};BYSECOND=${sixty}`;
    const yaml = `windows: [{ summary: x, start: 2026-03-01T00:00, duration: 1m, rrule: "${often}" }]`;
    expect(() => windows('a.yml', yaml)).toThrow(/windows\.0/);
    const second = event('UID:1', 'SUMMARY:x', 'DTSTART:20260301T000000Z', 'DURATION:PT1S', `RRULE:${often}`);
    expect(() => windows('a.ics', ics(...second))).toThrow(/event 1/);
  }, 60_000);

  it('refuses what is no calendar, and an event that recurs by the second', () => {
    expect(() => windows('a.ics', 'hello')).toThrow(/not an iCalendar file/);
    const second = event(
      'UID:1',
      'SUMMARY:flood',
      'DTSTART:20260401T060000Z',
      'DURATION:PT1S',
      'RRULE:FREQ=SECONDLY',
    );
    expect(() => windows('a.ics', ics(...second))).toThrow(/event 1 \(flood\): expected FREQ/);
    const empty = event('UID:1', 'SUMMARY:none', 'DTSTART:20260401T060000Z', 'DTEND:20260401T060000Z');
    expect(() => windows('a.ics', ics(...empty))).toThrow(/expected an end after the start/);
    const many = event(
      'UID:1',
      'SUMMARY:many',
      'DTSTART:20200101T000000Z',
      'DURATION:PT1S',
      'RRULE:FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55',
    );
    expect(() => windows('a.ics', ics(...many))).toThrow(/expected/);
  });
});
