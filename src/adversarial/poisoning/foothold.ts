import { type OtRecord, toOtRecord } from '../../features/otRecord.js';
import { childKey, generator, integer, type Key } from '../../simulator/random.js';
import { type Group, zeekRow } from '../group.js';

const VISITS_A_DAY = 3;
const REQUESTS_A_VISIT = 6;

/**
 * An attacker who was there while the baseline was taken: a few short visits a day, reads and a write.
 *
 * @param firstDay day of the window, 0 is the first
 */
export function footholdRows(
  { reads, writes }: Readonly<Record<'reads' | 'writes', Group>>,
  { from, firstDay, days, key }: { from: number; firstDay: number; days: number; key: Key },
): readonly OtRecord[] {
  const records: OtRecord[] = [];
  for (let day = firstDay; day < firstDay + days; day++) {
    const random = generator(childKey(key, 'day', day));
    const hours = Array.from({ length: VISITS_A_DAY }, (_, i) => i * 8 + integer(random, 0, 7));
    for (const [visit, hour] of hours.entries()) {
      let ts = from + day * 86_400 + hour * 3600 + integer(random, 0, 3000);
      for (let i = 0; i < REQUESTS_A_VISIT; i++) {
        ts += integer(random, 2, 20);
        const row = zeekRow(i === REQUESTS_A_VISIT - 1 ? writes : reads, { ts, uid: `Cfoot${day}-${visit}` });
        const record = toOtRecord(row);
        if (record !== undefined) records.push(record);
      }
    }
  }
  return records;
}
