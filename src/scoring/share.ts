import type { OtRecord } from '../features/otRecord.js';
import { Places } from '../model/places.js';
import { bucketOf, ownsBucket, type Partition } from './partition.js';
import type { Arrival } from './scoringStage.js';

/** Which rows a scorer judges, where several share a site. The others it looks at for what is counted over all rows. */
export interface Share {
  ownsRecord(record: OtRecord): boolean;
  /** @param record undefined: the row is none of industrial traffic, and the first partition counts it */
  ownsArrival(arrival: Arrival, record: OtRecord | undefined): boolean;
}

export const EVERYTHING: Share = { ownsRecord: () => true, ownsArrival: () => true };

/** @param isSettled rows of the partition that its predecessor has judged (handOver.ts) */
export function shareOf(
  partition: Partition,
  isSettled: ((arrival: Arrival, bucket: number) => boolean) | undefined = undefined,
): Share {
  if (partition.count === 1 && isSettled === undefined) return EVERYTHING;
  const bucketOfPlace = new Places().once(bucketOf);
  return {
    ownsRecord: (record) => ownsBucket(partition, bucketOf(record)),
    ownsArrival(arrival, record) {
      if (record === undefined) return partition.index === 0;
      const bucket = bucketOfPlace(record);
      return ownsBucket(partition, bucket) && isSettled?.(arrival, bucket) !== true;
    },
  };
}
