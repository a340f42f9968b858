import type { Activity, Recording, Step } from '../activity.js';
import type { Host, Plc } from '../host.js';
import type { ModbusFunction, ModbusRequest } from '../modbusPdu.js';
import { between, chance, childKey, generator, integer, type Key, type RandomGenerator } from '../random.js';
import { runSession } from '../runSession.js';
import { cyclesUntil, type ScriptedRequest, type Session, session } from '../session.js';
import { recordedStretches } from '../thinning.js';
import { MILLISECOND, SECOND, type Span } from '../time.js';

/** What an engineer does in one sitting at one PLC. */
export interface Sitting {
  readonly key: Key;
  readonly client: Host;
  readonly server: Plc;
  readonly span: Span;
  /** Reads of the program's and the parameters' registers at the beginning. */
  readonly uploads: number;
  readonly writes: readonly ModbusFunction[];
}

/** The engineering tool's online view is refreshed each second or two. */
const ONLINE_PERIOD = { least: 1, most: 2 };
/** One read in twenty asks for an address that this PLC lacks. */
const WRONG_ADDRESS = 0.05;
/** Reads and writes of the first phase follow each other this closely. */
const UPLOAD_STEP = { least: 40 * MILLISECOND, most: 400 * MILLISECOND };

export function sittings(name: string, plan: (recording: Recording) => Iterable<Sitting>): Activity {
  return {
    name,
    *steps(recording): Generator<Step, void, undefined> {
      for (const sitting of plan(recording))
        yield* runSession(engineeringSession(sitting, recording), recording);
    },
  };
}

/** Identify the PLC, read its parameters, watch it online, and write a little in the meantime. */
export function engineeringSession(sitting: Sitting, recording: Recording): Session {
  const { key, client, server, span } = sitting;
  const random = generator(childKey(key, 'sitting'));
  const script = upload(random, sitting);
  const period =
    Math.round(between(random, ONLINE_PERIOD.least, ONLINE_PERIOD.most) * 10) * 100 * MILLISECOND;
  const firstAt = (script.at(-1)?.at ?? span.from) + 2 * SECOND;
  const reads = server.scadaReads.slice(0, 2);
  const step = 2 * server.answersWithin + 5 * MILLISECOND;
  const cycles = cyclesUntil(firstAt, span.to, period, step);
  for (const func of sitting.writes) {
    const cycle = integer(random, 1, Math.max(1, cycles - 2));
    script.push({
      at: firstAt + cycle * period + Math.round(0.5 * period),
      request: parameters(random, func),
    });
  }
  return session({
    key,
    client,
    server,
    opensAt: span.from,
    midstream: false,
    polling: {
      reads,
      offsets: reads.map((_, i) => i * step),
      period,
      firstAt,
      cycles,
      jitter: 8 * MILLISECOND,
    },
    script: inOrder(script),
    endsAt: Math.max(span.to, (script.at(-1)?.at ?? 0) + SECOND, firstAt + SECOND),
    ending: 'client-closes',
    stretches: recordedStretches(recording.thinning, childKey(key, 'stretches'), period),
    // The beginning of the online view is always recorded: a sitting must not be thinned away.
    recordedUntil: firstAt + 8 * period,
  });
}

function upload(random: RandomGenerator, { span, server, uploads }: Sitting): ScriptedRequest[] {
  const pause = () => integer(random, UPLOAD_STEP.least, UPLOAD_STEP.most) + 4 * server.answersWithin;
  let at = span.from + 5 * MILLISECOND;
  const script: ScriptedRequest[] = [{ at, request: { func: 'REPORT_SLAVE_ID', address: 0, quantity: 0 } }];
  for (let i = 0; i < uploads; i++) {
    at += pause();
    const request = { func: 'READ_HOLDING_REGISTERS', address: 1_000 + i * 100, quantity: 100 } as const;
    const wrong = chance(random, WRONG_ADDRESS);
    script.push(wrong ? { at, request, exception: 'ILLEGAL_DATA_ADDRESS' } : { at, request });
  }
  return script;
}

function parameters(random: RandomGenerator, func: ModbusFunction): ModbusRequest {
  switch (func) {
    case 'WRITE_MULTIPLE_REGISTERS':
      return { func, address: 1_000 + integer(random, 0, 9) * 20, quantity: integer(random, 2, 20) };
    case 'WRITE_MULTIPLE_COILS':
      return { func, address: integer(random, 0, 3) * 16, quantity: 16 };
    case 'DIAGNOSTICS':
      return { func, address: 0, quantity: 0 };
    default:
      return { func, address: integer(random, 100, 140), quantity: 1 };
  }
}

/** In order of time; two that were drawn for the same cycle go one after the other. */
function inOrder(script: readonly ScriptedRequest[]): readonly ScriptedRequest[] {
  let last = Number.NEGATIVE_INFINITY;
  return [...script]
    .sort((a, b) => a.at - b.at)
    .map((entry) => {
      const at = Math.max(entry.at, last + 20 * MILLISECOND);
      last = at;
      return { ...entry, at };
    });
}
