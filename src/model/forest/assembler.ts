/**
 * Just enough of WebAssembly's binary format (W3C, WebAssembly Core 2.0, chapter 5) to write a kernel in: code
 * is a list of bytes, and every function here returns such a list. Locals are named by their index.
 */
export type Code = readonly number[];

export const code = (...parts: readonly Code[]): Code => parts.flat();

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: (offset = 0): Code => [0x28, 2, ...unsigned(offset)],
  add: [0x6a],
  sub: [0x6b],
  and: [0x71],
  shl: [0x74],
  shrU: [0x76],
  ltS: [0x48],
  geS: [0x4e],
  wrap: [0xa7],
} as const;

export const i64 = {
  const: (value: number): Code => [0x42, ...signed(value)],
  load: (offset = 0): Code => [0x29, 3, ...unsigned(offset)],
  store: (offset = 0): Code => [0x37, 3, ...unsigned(offset)],
  sub: [0x7d],
  shl: [0x86],
  shrU: [0x88],
  extendU: [0xad],
} as const;

export const f64 = {
  load: (offset = 0): Code => [0x2b, 3, ...unsigned(offset)],
  store: (offset = 0): Code => [0x39, 3, ...unsigned(offset)],
  add: [0xa0],
  mul: [0xa2],
  lt: [0x63],
} as const;

/** Runs `body`, which leaves an i32, and again as long as that isn't zero. */
export const repeatWhile = (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

const TYPES = { i32: 0x7f, i64: 0x7e, f64: 0x7c } as const;
export type ValueType = keyof typeof TYPES;

export interface WasmFunction {
  readonly name: string;
  /** how many parameters, all i32; they are the first locals */
  readonly parameters: number;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** A module that exports `functions` and takes its memory as import `env.memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map((f) => [0x60, ...list(Array(f.parameters).fill([TYPES.i32])), 0]))),
    ...section(2, list([[...name('env'), ...name('memory'), 0x02, 0x00, 1]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map((f, i) => [...name(f.name), 0x00, ...unsigned(i)]))),
    ...section(10, list(functions.map((f) => sized([...list(f.locals.map(oneLocal)), ...f.body, 0x0b])))),
  ]);
}

const oneLocal = (type: ValueType): Code => [1, TYPES[type]];
const section = (id: number, body: Code): Code => [id, ...sized(body)];
const sized = (body: Code): Code => [...unsigned(body.length), ...body];
const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const name = (text: string): Code => sized([...text].map((letter) => letter.charCodeAt(0)));

/** LEB128 of a number from 0 to 2^32 − 1. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit number. */
function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
