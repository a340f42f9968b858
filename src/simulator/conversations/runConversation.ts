import type { Recording, SimulatedRow, Step } from '../activity.js';
import {
  chance,
  childKey,
  exponential,
  gaussian,
  generator,
  logNormal,
  type RandomGenerator,
} from '../random.js';
import { MILLISECOND } from '../time.js';
import { zeekUid } from '../uid.js';
import type { Conversation, Cycles, Exchange } from './conversation.js';
import { conversationRow } from './conversationRow.js';

/** As in Modbus polling: one cycle in a hundred starts late, by 15 ms on average. */
const LATE_START = { probability: 0.01, mean: 15 * MILLISECOND };
/** The spread of answers: 99 % come within twice the median. */
const ANSWER_SIGMA = 0.3;
/** SYN to first message at the earliest, microseconds. */
const HANDSHAKE = 1_500;
/** Between two exchanges of one cycle, microseconds. */
const TURN = 2_000;

/**
 * The rows of one connection, in steps: each recorded cycle, each scripted exchange, and the conn row at the
 * end. What isn't recorded costs nothing, and counts in the conn row all the same.
 */
export function* runConversation(
  conversation: Conversation,
  recording: Recording,
): Generator<Step, void, undefined> {
  const { cycles, script } = conversation;
  const odd = new Map(cycles?.odd.map(({ index, exchanges }) => [index, exchanges]));
  let done = 0;
  if (cycles !== undefined) {
    for (const index of recordedCycles(conversation, cycles, recording)) {
      const due = cycles.firstAt + index * cycles.period;
      for (; (script[done]?.at ?? Infinity) < due; done++) yield scripted(conversation, done);
      const random = generator(childKey(conversation.key, 'cycle'), index);
      const at = Math.max(conversation.opensAt + HANDSHAKE, Math.round(due + startJitter(random, cycles)));
      const rows: SimulatedRow[] = [];
      let begins = at;
      for (const exchange of odd.get(index) ?? cycles.usual)
        begins = converse(conversation, exchange, begins, index + done, random, rows) + TURN;
      yield { at, rows };
    }
  }
  for (; done < script.length; done++) yield scripted(conversation, done);
  yield { at: conversation.endsAt, rows: [conversationRow(conversation)] };
}

/** The indices of the cycles that are recorded: those in a stretch, and those that always are. */
function* recordedCycles(
  conversation: Conversation,
  cycles: Cycles,
  { to }: Recording,
): Generator<number, void, undefined> {
  const { stretches, recordedUntil } = conversation;
  const { firstAt, period, count } = cycles;
  const always = alwaysRecorded(conversation, cycles);
  let stretch = stretches(firstAt);
  let next = 0;
  for (let index = 0; index < count; ) {
    const at = firstAt + index * period;
    if (at >= to) return;
    if (at >= stretch.to) stretch = stretches(at);
    while ((always[next] ?? Infinity) < index) next++;
    if (at < recordedUntil || at >= stretch.from || always[next] === index) {
      yield index++;
      continue;
    }
    index = Math.min(Math.ceil((stretch.from - firstAt) / period), always[next] ?? Infinity);
  }
}

function alwaysRecorded({ script, recordAround }: Conversation, cycles: Cycles): readonly number[] {
  const odd = cycles.odd.filter(({ recorded }) => recorded).map(({ index }) => index);
  if (!recordAround) return odd;
  const around = script.flatMap(({ at }) => {
    const before = Math.floor((at - cycles.firstAt) / cycles.period);
    return [before - 1, before, before + 1, before + 2];
  });
  return [...new Set([...odd, ...around])].filter((index) => index >= 0).sort((a, b) => a - b);
}

/** Around the grid, never away from it. */
function startJitter(random: RandomGenerator, { jitter, period }: Cycles): number {
  const noise = jitter * gaussian(random);
  const lateness = chance(random, LATE_START.probability) ? exponential(random, LATE_START.mean) : 0;
  return Math.min(Math.max(noise + lateness, -0.1 * period), 0.1 * period);
}

function scripted(conversation: Conversation, index: number): Step {
  const { at, exchange } = conversation.script[index] as Conversation['script'][number];
  const { cycles } = conversation;
  const cyclesBefore =
    cycles === undefined
      ? 0
      : Math.min(cycles.count, Math.max(0, Math.floor((at - cycles.firstAt) / cycles.period) + 1));
  const rows: SimulatedRow[] = [];
  const random = generator(childKey(conversation.key, 'script'), index);
  converse(conversation, exchange, at, cyclesBefore + index, random, rows);
  return { at, rows };
}

/** Adds the exchange's rows to `rows`; returns when its last message is through. */
function converse(
  conversation: Conversation,
  exchange: Exchange,
  begins: number,
  serial: number,
  random: RandomGenerator,
  rows: SimulatedRow[],
): number {
  const times: number[] = [];
  let now = begins;
  exchange.messages.forEach(({ after }, i) => {
    if (i > 0) now += Math.round(Math.min(logNormal(random, after, ANSWER_SIGMA), 4 * after));
    times.push(now);
  });
  // Of its own stream: an id that nobody writes down changes nothing else.
  const ids = childKey(conversation.key, 'correlation', begins);
  const idOf = (message: number): string => zeekUid(generator(ids, message));
  rows.push(...exchange.rows(conversation, { times, serial, idOf }));
  return now;
}
