import type { Host } from '../host.js';
import { type Plant, plantAddresses } from '../plant.js';
import { generator, integer, type Key } from '../random.js';

/** A host that no one knows: a Linux machine at a free address of one of the plant's zones. */
export function intruder(plant: Plant, key: Key, zone: 20 | 40): Host {
  const random = generator(key);
  const taken = plantAddresses(plant);
  let address: string;
  do address = `${plant.network}.${zone}.${integer(random, 100, 199)}`;
  while (taken.has(address));
  return { role: 'engineering', name: 'unknown', address, vendor: 'unknown', stack: 'linux' };
}
