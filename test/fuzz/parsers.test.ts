import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { parseAssetFile } from '../../src/anomaly/assetFile.js';
import { packagePath } from '../../src/config/packageRoot.js';
import { OtAnomalyError } from '../../src/errors.js';
import { parseLabels } from '../../src/evaluation/labelFile.js';
import { toOtRecord } from '../../src/features/otRecord.js';
import { readRequest } from '../../src/governance/approval/request.js';
import { parseJson } from '../../src/governance/parseDocument.js';
import { parsePolicies } from '../../src/governance/policy/policyFiles.js';
import { envelopeSchema, validKeyIds } from '../../src/governance/signing/dsse.js';
import { readRoot, rootProblems } from '../../src/governance/trust/root.js';
import { readCalendar } from '../../src/maintenance/readCalendar.js';
import { parseProfile } from '../../src/profiles/load.js';
import { SignatureCheck } from '../../src/sidecar/soar/signature.js';
import { parseMessage } from '../../src/sidecar/soar/webhook.js';
import { parseAnswer } from '../../src/triage/answer.js';
import { LogParser } from '../../src/zeek/logParser.js';
import { newPeople, request, rootOf } from '../fixtures/people.js';
import { mutated } from './mutations.js';

/**
 * Every parser of what comes from outside, fed with texts that are nearly right. Whatever comes, it returns or throws
 * one of our own errors, which say what was expected and what to do; it takes bounded time, and leaves Object's
 * prototype as it is.
 *
 * The runs in CI are the same each time. OT_ANOMALY_FUZZ_SECONDS=60 tries each parser for so long, with a seed of its
 * own; a failure prints seed and input.
 */
const SECONDS = Number(process.env['OT_ANOMALY_FUZZ_SECONDS'] ?? 0);
const RUNS: fc.Parameters<[string]> =
  SECONDS > 0
    ? {
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: SECONDS * 1_000,
        markInterruptAsFailure: false,
      }
    : { numRuns: 400, seed: 20_261_124 };
const A_RUN_AT_MOST_MS = 2_000;

const read = (path: string) => readFileSync(packagePath(path), 'utf8');
const people = newPeople();
const { envelope: signed } = await request(
  people,
  'lena',
  'retrain model',
  {
    kind: 'data-review',
    namespace: 'default',
    from: '2026-01-01T00:00:00Z',
    to: '2026-02-01T00:00:00Z',
    incidents: ['incident-1'],
    finding: 'Looked at every new relation of the window by hand.',
  },
  new Date('2026-02-02T00:00:00Z'),
);

const TSV = [
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tmodbus\n' +
    '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttid\tunit\tfunc\tpdu_type\texception\n' +
    '#types\ttime\tstring\taddr\tport\taddr\tport\tcount\tcount\tstring\tstring\tstring\n' +
    '1767225600.123456\tCHhAvVGS1DHFjwGM9\t10.0.0.1\t49152\t10.0.0.2\t502\t1\t1\tREAD_COILS\tREQ\t-\n' +
    '1767225600.223456\tCHhAvVGS1DHFjwGM9\t10.0.0.1\t49152\t10.0.0.2\t502\t1\t1\tREAD_COILS\tRESP\t-\n',
];
const JSON_LINES = [
  '{"_path":"dnp3_control","ts":1767225600.5,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":20001,"id.resp_h":"10.0.0.2","id.resp_p":20000,"function_code":"DIRECT_OPERATE","operation_type":"Pulse On","trip_control_code":"Trip"}\n',
  '{"_path":"modbus_detailed","ts":"2026-01-01T00:00:00.5Z","uid":"C1","id":{"orig_h":"10.0.0.1","orig_p":20001,"resp_h":"10.0.0.2","resp_p":502},"unit":1,"func":"READ_HOLDING_REGISTERS","address":1,"quantity":2,"request_values":[],"response_values":[1,2]}\n',
];

const ICS = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//site//plan//EN',
  'BEGIN:VEVENT',
  'UID:1@site',
  'DTSTAMP:20260101T000000Z',
  'DTSTART;TZID=Europe/Berlin:20260302T060000',
  'DURATION:PT8H',
  'RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=6',
  'EXDATE;TZID=Europe/Berlin:20260406T060000',
  'SUMMARY:Turnaround',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');
const CALENDAR = {
  horizon: { from: Date.parse('2026-01-01T00:00:00Z'), to: Date.parse('2027-02-05T00:00:00Z') },
  timeZone: 'UTC',
  scope: { assets: [], zones: [] },
};
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Parser {
  readonly name: string;
  readonly samples: readonly string[];
  parse(text: string): unknown;
}

const PARSERS: readonly Parser[] = [
  { name: 'Zeek logs, tab-separated', samples: TSV, parse: parseLog('modbus.log') },
  { name: 'Zeek logs, JSON', samples: JSON_LINES, parse: parseLog('any.log') },
  {
    name: 'labels',
    samples: [
      '{"label":"scan","uids":["C1","C2"]}\n{"label":"flood","from":"2026-02-03T10:00:00Z","to":1770112800,"destination":"10.1.1.0/24"}\n',
      'label,uids,from,to,source\nscan,C1;C2,,,\nflood,,1770112800,1770112900,10.0.0.0/8\n',
    ],
    parse: (text) => parseLabels('labels', text),
  },
  {
    name: 'asset inventories, CSV',
    samples: [
      'address,name,type,zone,expected_partners\n10.0.0.2,PLC-1,plc,cell,10.0.0.9;SCADA\n10.1.0.0/24,"PLC, 2",plc,cell,\n',
    ],
    parse: (text) => parseAssetFile('assets.csv', text),
  },
  {
    name: 'asset inventories, YAML',
    samples: ['assets:\n  - address: 10.0.0.2\n    name: PLC-1\n    type: plc\n    zone: cell\n'],
    parse: (text) => parseAssetFile('assets.yml', text),
  },
  {
    name: 'index profiles',
    samples: [read('index-profiles/malcolm.yml'), read('index-profiles/elastic.yml')],
    parse: (text) => parseProfile('profile.yml', text),
  },
  ...['ai_governance_policy.yaml', 'retraining_policy.yaml', 'approvers.yaml'].map((file) => ({
    name: `policies: ${file}`,
    samples: [people.file(file)],
    parse: (text: string) => parsePolicies((name) => (name === file ? text : people.file(name))),
  })),
  {
    name: 'DSSE envelopes and what they hold',
    samples: [JSON.stringify(signed)],
    parse: (text) => {
      const envelope = parseJson('request.json', text, envelopeSchema);
      validKeyIds(envelope, [people.signers.lena.publicKey]);
      return readRequest('request.json', envelope);
    },
  },
  {
    name: 'roots of trust',
    samples: [JSON.stringify(await rootOf(people))],
    parse: (text) => {
      const envelope = parseJson('root.json', text, envelopeSchema);
      rootProblems(envelope, new Date('2026-02-02T00:00:00Z'));
      return readRoot('root.json', envelope);
    },
  },
  {
    name: 'calendars, iCalendar',
    samples: [ICS],
    parse: (text) => readCalendar('plan.ics', text, CALENDAR),
  },
  {
    name: 'calendars, YAML',
    samples: [
      'windows:\n  - summary: Turnaround\n    start: 2026-03-02T06:00\n    end: 2026-03-02T14:00\n    time_zone: Europe/Berlin\n    rrule: FREQ=MONTHLY;BYDAY=1MO\n    assets: [10.0.0.2]\n',
    ],
    parse: (text) => readCalendar('plan.yml', text, CALENDAR),
  },
  {
    name: 'messages of a SOAR',
    samples: [
      '{"type":"triage.request","data":{"alert_id":"a1"}}',
      '{"type":"case.attach","data":{"alert_id":"a1","case":{"id":"4711","system":"soar","url":"https://soar.example/4711"}}}',
      '{"type":"decision.create","data":{"alert_id":"a1","decision":{"action":"dismiss","justification":"Seen on the engineering station."}}}',
    ],
    parse: (text) => {
      const body = Buffer.from(text);
      const at = new Date();
      const headers = {
        'webhook-id': 'm1',
        'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
        'webhook-signature': new Webhook(SECRET).sign('m1', at, text),
      };
      const checked = new SignatureCheck([SECRET], () => at.getTime()).check(body, headers);
      if (!checked.ok && body.toString() === text) throw new Error(`its own signature: ${checked.code}`);
      return parseMessage(body);
    },
  },
  {
    name: 'signatures of a SOAR',
    samples: ['m1\n1767225600\nv1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=', 'm1\n1\nv1a,AAAA v1,BBBB'],
    parse: (text) => {
      const [id, time, signature] = text.split('\n');
      const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature };
      expect(new SignatureCheck([SECRET], () => 0).check(Buffer.from('{}'), headers).ok).toBe(false);
    },
  },
  {
    name: 'answers of an LLM',
    samples: [
      '```json\n{"classification":"requires_investigation","confidence":0.7,"reasoning":"r","recommended_analyst_actions":["a"],"data_gaps":[]}\n```',
    ],
    parse: parseAnswer,
  },
];

/** As ingest and evaluation do: lines to rows, rows to records. */
function parseLog(fileName: string): (text: string) => unknown {
  return (text) => {
    const parser = new LogParser({ fileName });
    return text.split('\n').map((line, i) => {
      const bytes = Buffer.byteLength(line);
      const parsed = parser.parse({ number: i + 1, text: line, bytes, tooLong: false });
      if (parsed?.kind !== 'row') return parsed;
      return toOtRecord({ log: parsed.log, sensor: undefined, columns: JSON.parse(parsed.message) });
    });
  };
}

describe.each(PARSERS)('the parser of $name', ({ samples, parse }) => {
  it('takes what it is meant to take', () => {
    expect(samples.length).toBeGreaterThan(0);
    for (const sample of samples) expect(() => parse(sample)).not.toThrow();
  });

  it(
    'returns, or says what was expected and what to do, in bounded time, whatever comes',
    () => {
      const property = fc.property(fc.oneof(mutated(samples), fc.string({ unit: 'binary' })), (text) => {
        const started = performance.now();
        try {
          parse(text);
        } catch (error) {
          if (!(error instanceof OtAnomalyError)) throw error;
          expect(error.message).not.toBe('');
          expect(error.advice).not.toBe('');
        }
        expect(performance.now() - started).toBeLessThan(A_RUN_AT_MOST_MS);
        expect('polluted' in {}).toBe(false);
      });
      fc.assert(property, RUNS);
    },
    60_000 + SECONDS * 2_000,
  );
});
