import type { ExpectedPartners } from '../model/training/review.js';
import type { Inventory } from './assetContext.js';

/** The inventory as the review of a training asks it; undefined where the site has none. */
export function expectedPartners(inventory: Inventory): ExpectedPartners | undefined {
  if (inventory.isEmpty) return undefined;
  return {
    isListed: (address) => inventory.find(address) !== undefined,
    isExpected: (source, destination) => {
      const [from, to] = [inventory.find(source), inventory.find(destination)];
      const says = [
        from?.expected_partners === undefined
          ? undefined
          : inventory.names(from.expected_partners, destination),
        to?.expected_partners === undefined ? undefined : inventory.names(to.expected_partners, source),
      ];
      // Either side's word is enough: inventories are seldom kept for both.
      if (says.includes(true)) return true;
      return says.includes(false) ? false : undefined;
    },
  };
}
