/**
 * A time as Elasticsearch prints it, with the fraction padded to nine digits: then the order of the texts is
 * the order of the times. (It prints 3 to 9 digits; JavaScript numbers would lose the last three.)
 */
export function paddedNanos(time: string): string {
  const [, seconds = time, fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(9, '0')}Z`;
}
