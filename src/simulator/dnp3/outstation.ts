import type { Host } from '../host.js';
import {
  between,
  chance,
  childKey,
  generator,
  integer,
  type Key,
  pick,
  type RandomGenerator,
} from '../random.js';
import { MILLISECOND, SECOND } from '../time.js';
import type { EventObject, PointBlock, RelayCommand } from './objects.js';

/** A remote terminal unit that speaks DNP3 on TCP 20000. */
export interface Outstation extends Host {
  readonly role: 'rtu';
  readonly key: Key;
  /** Median time from request to answer, microseconds. */
  readonly answersWithin: number;
  /** The master asks for events this often, microseconds, and for everything each so many polls. */
  readonly pollPeriod: number;
  readonly integrityEvery: number;
  /** It reports events by itself; the others keep them for the next poll. */
  readonly unsolicited: boolean;
  /** What it answers to an integrity poll. */
  readonly points: readonly PointBlock[];
  readonly events: readonly [EventObject, ...EventObject[]];
  /** What operators do with it. */
  readonly commands: readonly [RelayCommand, ...RelayCommand[]];
  /** SELECT before OPERATE, or both in one. */
  readonly direct: boolean;
  readonly processArea: string;
  readonly redundancyGroup: string;
}

const VENDORS = ['SEL', 'GE Vernova', 'ABB', 'Schneider Electric', 'NovaTech'] as const;
const AREAS = ['feeder-north', 'feeder-south', 'transmission', 'generation'] as const;
/** Third octet of the outstations' first subnet, and how many of them one /24 holds. */
const FIRST_SUBNET = 50;
const PER_SUBNET = 200;

/** The n-th outstation of a plant; the same whatever their number. */
export function buildOutstation(plantKey: Key, network: string, index: number): Outstation {
  const key = childKey(plantKey, 'outstation', index);
  const random = generator(key);
  // The first reports by itself and is selected before operated, the second neither, so that each kind exists.
  const unsolicited = index === 0 || (index !== 1 && chance(random, 0.5));
  const direct = index === 1 || (index !== 0 && chance(random, 0.4));
  return {
    role: 'rtu',
    key,
    name: `RTU-${String(index + 1).padStart(2, '0')}`,
    address: `${network}.${FIRST_SUBNET + Math.floor(index / PER_SUBNET)}.${11 + (index % PER_SUBNET)}`,
    vendor: pick(random, VENDORS),
    stack: 'embedded',
    // Radio and fibre behind a terminal server: slower than a PLC on the plant's own switch.
    answersWithin: Math.round(between(random, 8, 90) * MILLISECOND),
    // A second in ICSNPP's example capture; whoever reports by itself is asked seldom.
    pollPeriod: (unsolicited ? integer(random, 6, 12) * 5 : integer(random, 2, 10)) * SECOND,
    integrityEvery: integer(random, 30, 90),
    unsolicited,
    points: points(random),
    events: events(random),
    commands: commands(random),
    direct,
    processArea: AREAS[Math.floor(index / 4) % AREAS.length] ?? AREAS[0],
    redundancyGroup: '',
  };
}

function points(random: RandomGenerator): readonly PointBlock[] {
  const blocks: PointBlock[] = [
    { object: 'Binary Input With Status', count: integer(random, 20, 120) },
    { object: 'Binary Output Status', count: integer(random, 4, 34) },
    {
      object: pick(random, ['16-Bit Analog Input', '32-Bit Floating Point Input']),
      count: integer(random, 8, 40),
    },
  ];
  if (chance(random, 0.5)) blocks.push({ object: '32-Bit Binary Counter', count: integer(random, 1, 12) });
  if (chance(random, 0.5))
    blocks.push({ object: '16-Bit Analog Output Status', count: integer(random, 2, 20) });
  return blocks;
}

function events(random: RandomGenerator): Outstation['events'] {
  const analog = pick<EventObject>(random, [
    '16-Bit Analog Change Event w/o Time',
    '32-Bit Floating Point Change Event w/ Time',
  ]);
  return ['Binary Input Change With Time', analog];
}

/** A breaker is opened and closed by a pulse each, a switch is latched. */
function commands(random: RandomGenerator): Outstation['commands'] {
  const index = integer(random, 0, 12);
  const pulse = { operation: 'Pulse On', onTime: 500, offTime: 0 } as const;
  const breaker = [
    { index, ...pulse, trip: 'Close' },
    { index, ...pulse, trip: 'Trip' },
  ] as const;
  if (chance(random, 0.5)) return breaker;
  const latch = { index: index + 1, trip: 'Nul', onTime: 0, offTime: 0 } as const;
  return [...breaker, { ...latch, operation: 'Latch On' }, { ...latch, operation: 'Latch Off' }];
}
