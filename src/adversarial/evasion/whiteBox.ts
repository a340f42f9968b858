import type { Model } from '../../model/artifact.js';
import { childKey, generator, integer, type RandomGenerator } from '../../simulator/random.js';
import { ATLAS } from '../atlas.js';
import { type Group, relationOf, zeekRow } from '../group.js';
import { type Attempt, type EvasionResult, judge, type Outcome, type Scene } from './evasion.js';
import { isWrite, requestsOf, strangerOf, writesOf } from './roles.js';

/** What an attacker wants: so many registers of one device written in so many hours. */
export interface WriteGoal {
  readonly registers: number;
  readonly hours: number;
}

/** Who attacks. A stranger to writing holds any host, known or not, that never wrote to the device. */
export type Position = 'stranger-to-writing' | 'writer';

/** How an attacker goes about it; the search changes one part at a time. */
interface Plan {
  readonly from: Group;
  readonly functionCode: string;
  readonly registersARequest: number;
  /** share of the hours that pass between two requests: 1 spreads them over all of it, 0 sends them at once */
  readonly spread: number;
  /** hours after the day's beginning */
  readonly startHour: number;
  /** a connection for each request, or one for all */
  readonly newConnections: boolean;
}

const PACKS = [1, 8, 60, 123] as const;
const ROUNDS = 4;
const DEVICES_AT_MOST = 3;

/**
 * A search by an attacker who has the model: hill climbing over whom to write as, with which function, in how many
 * requests, how far apart and at which hours, each plan judged by the scorer's own stage and always reaching its goal.
 * More unseen is better, and of plans as unseen as each other the one whose lowest score is highest.
 */
export function whiteBox(
  scene: Scene,
  goal: WriteGoal,
  position: Position,
  floor: number | null,
): EvasionResult | undefined {
  const { model, key } = scene;
  const random = generator(childKey(key, 'white box', position));
  let best: { readonly plan: Plan; readonly outcome: Outcome } | undefined;
  let tried = 0;
  const consider = (plan: Plan) => {
    const outcome = judge(model, attemptOf(scene, plan, goal));
    tried += 1;
    if (best === undefined || isBetter(outcome, best.outcome)) best = { plan, outcome };
  };
  for (const device of devicesOf(model, position, random)) {
    for (const from of hostsFor(model, device, position))
      for (const functionCode of functionsOf(from, position))
        consider({
          from,
          functionCode,
          registersARequest: 8,
          spread: 1,
          startHour: 10,
          newConnections: false,
        });
    for (let round = 0; round < ROUNDS && best !== undefined; round++) {
      const { plan } = best as { plan: Plan };
      for (const registersARequest of PACKS) consider({ ...plan, registersARequest });
      for (const spread of [0, 0.01, 0.1, 0.5, 1]) consider({ ...plan, spread });
      for (const startHour of [0, 6, 14, integer(random, 0, 160)]) consider({ ...plan, startHour });
      consider({ ...plan, newConnections: !plan.newConnections });
      if (best.plan === plan) break;
    }
  }
  if (best === undefined) return undefined;
  const { plan, outcome } = best;
  return {
    name: `white-box-${position}`,
    atlas: ATLAS.craft,
    what:
      `writes ${goal.registers} registers in ${goal.hours} h, the best of ${tried} plans: as ${plan.from.source} to ` +
      `${plan.from.destination}, ${plan.functionCode}, ${plan.registersARequest} a request, spread ${plan.spread}, from hour ${plan.startHour}`,
    unit: 'registers',
    goal: outcome.goal,
    unseen: outcome.unseen,
    firstDetectionSeconds: outcome.firstDetectionSeconds,
    detectors: outcome.detectors,
    floor,
    passed: floor === null || outcome.unseen <= floor,
  };
}

function isBetter(a: Outcome, b: Outcome): boolean {
  return a.unseen > b.unseen || (a.unseen === b.unseen && a.lowest > b.lowest);
}

function devicesOf(model: Model, position: Position, random: RandomGenerator): readonly string[] {
  const requests = requestsOf(model).filter((group) => position !== 'writer' || isWrite(group));
  const all = [...new Set(requests.map(({ destination }) => destination))];
  while (all.length > DEVICES_AT_MOST) all.splice(integer(random, 0, all.length - 1), 1);
  return all;
}

/** Relations to the device by which the attacker may write: of hosts that write to it, or of all others and a stranger. */
function hostsFor(model: Model, device: string, position: Position): readonly Group[] {
  const requests = requestsOf(model);
  const toDevice = requests.filter(({ destination }) => destination === device);
  if (position === 'writer') return toDevice.filter(isWrite);
  const writing = new Set(toDevice.filter(isWrite).map(({ source }) => source));
  const byRelation = new Map<string, Group>();
  for (const group of toDevice) if (!writing.has(group.source)) byRelation.set(relationOf(group), group);
  const [any] = toDevice;
  if (any === undefined) return [];
  const elsewhere = requests.find(({ source }) => !writing.has(source) && source !== any.source);
  return [
    ...byRelation.values(),
    { ...any, source: strangerOf(model) },
    ...(elsewhere === undefined ? [] : [{ ...any, source: elsewhere.source }]),
  ];
}

/** A writer uses a function that it is known for, or tries another; a reader has nothing but new ones. */
function functionsOf(from: Group, position: Position): readonly string[] {
  const writes = writesOf(from.protocol);
  return position === 'writer' ? [...new Set([from.functionCode, ...writes])] : writes;
}

function attemptOf({ day }: Scene, plan: Plan, { registers, hours }: WriteGoal): Attempt {
  // One register is all that a single write can carry.
  const pack = /SINGLE|Single/.test(plan.functionCode) ? 1 : plan.registersARequest;
  const requests = Math.ceil(registers / pack);
  const step = Math.max(0.05, (plan.spread * hours * 3600) / requests);
  const begin = day + plan.startHour * 3600;
  const group = { ...plan.from, functionCode: plan.functionCode };
  return {
    rows: Array.from({ length: requests }, (_, i) =>
      zeekRow(group, { ts: begin + i * step, uid: plan.newConnections ? `CgateBox${i}` : 'CgateBox' }),
    ),
    done: Array.from({ length: requests }, (_, i) => Math.min(pack, registers - i * pack)),
  };
}
