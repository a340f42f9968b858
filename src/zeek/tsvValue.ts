import { isUtf8 } from 'node:buffer';
import type { ZeekType } from './logTypes.js';

/** A column's value as Zeek's JSON writer would give it. */
export type ZeekValue = string | number | boolean | null | readonly ZeekValue[];

/** The marks that a header declares. */
export interface TsvMarks {
  /** Between columns. */
  readonly separator: string;
  /** Between the elements of a set or vector. */
  readonly setSeparator: string;
  /** An empty string, or a set or vector without elements. */
  readonly emptyField: string;
  /** No value at all. */
  readonly unsetField: string;
}

/**
 * Reads one value; undefined if it is unset. A value that isn't of its type stays the text it was: the pipeline
 * and its mappings deal with it, and nothing is lost.
 */
export function parseTsvValue(text: string, type: ZeekType, marks: TsvMarks): ZeekValue | undefined {
  if (text === marks.unsetField) return undefined;
  const element = elementType(type);
  if (element === undefined) return parseScalar(text, type, marks);
  if (text === marks.emptyField) return [];
  return text.split(marks.setSeparator).map((part) => parseTsvValue(part, element, marks) ?? null);
}

/** `count` for `vector[count]`; undefined for a type that isn't a container. */
function elementType(type: ZeekType): ZeekType | undefined {
  return /^(?:set|vector|table)\[(.+)\]$/.exec(type)?.[1];
}

function parseScalar(text: string, type: ZeekType, marks: TsvMarks): ZeekValue {
  switch (type) {
    case 'bool':
      return text === 'T' ? true : text === 'F' ? false : text;
    case 'count':
    case 'int':
    case 'port':
      return parseInteger(text);
    case 'double':
    case 'time':
    case 'interval':
      return parseDouble(text);
    default:
      return text === marks.emptyField ? '' : unescapeZeek(text);
  }
}

/** Counts are 64 bits wide in Zeek; those that a double can't hold exactly stay text. */
function parseInteger(text: string): number | string {
  if (!/^-?\d+$/.test(text)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

function parseDouble(text: string): number | string {
  return /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|\\)/g;

/**
 * Undoes the escapes of Zeek's ASCII writer: `\x09` for a byte, `\\` for a backslash. Escaped bytes and their
 * neighbours together are UTF-8; where they aren't, bytes above 7F keep their escaped form, as in Zeek's JSON writer.
 */
export function unescapeZeek(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = toBytes(text);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return text.replace(ESCAPE, (whole, hex: string | undefined) =>
    byteOf(hex) < 0x80 ? String.fromCharCode(byteOf(hex)) : whole,
  );
}

function toBytes(text: string): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of text.matchAll(ESCAPE)) {
    parts.push(Buffer.from(text.slice(from, match.index), 'utf8'), Buffer.of(byteOf(match[1])));
    from = match.index + match[0].length;
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

/** The escaped byte; an escape without digits stands for a backslash. */
function byteOf(hex: string | undefined): number {
  return hex === undefined ? 0x5c : Number.parseInt(hex, 16);
}
