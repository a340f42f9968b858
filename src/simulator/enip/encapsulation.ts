/** Bytes of EtherNet/IP messages (CIP Specification, Volume 2, chapter 2). */
export const ENCAPSULATION_HEADER = 24;
/** Interface handle and timeout, item count, null address, header of the data item. */
const UNCONNECTED = 6 + 2 + 4 + 4;
/** The same with the connection's id as address and a sequence count before the data. */
const CONNECTED = 6 + 2 + 8 + 4 + 2;
/** Of an I/O datagram: item count, sequenced address, header of the data item. */
export const IO_OVERHEAD = 2 + 12 + 4;

export type Transport = 'connected' | 'unconnected';

/** What enip.log gives as length: everything after the header. */
export function encapsulatedLength(transport: Transport, cipBytes: number): number {
  return (transport === 'connected' ? CONNECTED : UNCONNECTED) + cipBytes;
}

/** By ICSNPP's names (its consts.zeek). */
export const COMMANDS = {
  'List Identity': '0x63',
  'Register Session': '0x65',
  'Unregister Session': '0x66',
  'Send RR Data': '0x6f',
  'Send Unit Data': '0x70',
} as const;
export type EnipCommand = keyof typeof COMMANDS;

/**
 * The session that a connection registered: any number that is one for each uid (FNV-1a, 32 bits).
 *
 * @returns as logged: eight hexadecimal digits
 */
export function sessionHandle(uid: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < uid.length; i++) hash = Math.imul(hash ^ uid.charCodeAt(i), 0x01000193);
  return `0x${(hash >>> 0).toString(16).padStart(8, '0')}`;
}
