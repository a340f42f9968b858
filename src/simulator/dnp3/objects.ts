/** Objects by ICSNPP's names (its consts.zeek), with the bytes of one (IEEE 1815-2012, annex A). */
export const STATIC_OBJECTS = {
  'Binary Input With Status': 1,
  'Binary Output Status': 1,
  '32-Bit Binary Counter': 5,
  '16-Bit Analog Input': 3,
  '32-Bit Floating Point Input': 5,
  '16-Bit Analog Output Status': 3,
} as const;
export type StaticObject = keyof typeof STATIC_OBJECTS;

export const EVENT_OBJECTS = {
  'Binary Input Change With Time': 7,
  '16-Bit Analog Change Event w/o Time': 3,
  '32-Bit Floating Point Change Event w/ Time': 11,
} as const;
export type EventObject = keyof typeof EVENT_OBJECTS;

/** Points of one type, numbered from 0. */
export interface PointBlock {
  readonly object: StaticObject;
  readonly count: number;
}

/** Application bytes of a block of points: header (group, variation, qualifier), range of two, the points. */
export function blockBytes({ object, count }: PointBlock): number {
  return 5 + count * STATIC_OBJECTS[object];
}

/** Of events: header, a count of one byte, and an index of one byte before each. */
export function eventBytes(object: EventObject, count: number): number {
  return 4 + count * (1 + EVENT_OBJECTS[object]);
}

/** What a relay is told (object 12, variation 1), in ICSNPP's words. Times in milliseconds. */
export interface RelayCommand {
  readonly index: number;
  readonly operation: 'Latch On' | 'Latch Off' | 'Pulse On';
  readonly trip: 'Nul' | 'Close' | 'Trip';
  readonly onTime: number;
  readonly offTime: number;
}

/** Header, count and index of one byte each, and the block's eleven. */
export const RELAY_COMMAND_BYTES = 3 + 1 + 1 + 11;
