/** Data-link header of a DNP3 frame (IEEE 1815-2012, 9.2): start, length, control, addresses, checksum. */
const HEADER = 10;
/** A frame carries 250 bytes at most, the first of them the transport header. */
const FRAGMENT = 249;
/** Each block of 16 bytes has a checksum of two. */
const BLOCK = 16;

/**
 * TCP payload of an application message of so many bytes. A class 0 answer of 298 bytes is 360 on the wire, a
 * SELECT of one relay 33: both as in ICSNPP's example capture.
 */
export function wireBytes(applicationBytes: number): number {
  let bytes = 0;
  for (let left = applicationBytes; left > 0; left -= FRAGMENT) {
    const carried = 1 + Math.min(left, FRAGMENT);
    bytes += HEADER + carried + 2 * Math.ceil(carried / BLOCK);
  }
  return bytes;
}
