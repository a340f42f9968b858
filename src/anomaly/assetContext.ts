import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const text = z.string().max(1024);

/** What the inventory holds of one host or network; it explains an alert and never moves a score. */
export const assetSchema = z.strictObject({
  /** IP address or network in CIDR notation */
  address: text.refine(
    (value) => parseNetwork(value) !== undefined,
    'expected an IP address or a network such as 10.0.1.0/24',
  ),
  name: text.min(1),
  type: text.optional(),
  vendor: text.optional(),
  zone: text.optional(),
  criticality: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  safety_instrumented_system: z.boolean().optional(),
  redundancy_group: text.optional(),
  owner: text.optional(),
  /** addresses, networks or names that this host is expected to talk to */
  expected_partners: z.array(text).max(1000).optional(),
});
export type Asset = z.infer<typeof assetSchema>;

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** The inventory as the scorer asks it: the most specific entry that holds an address. */
export class Inventory {
  readonly #hosts = new Map<string, Asset>();
  readonly #networks: readonly { readonly prefix: number; readonly list: BlockList; readonly asset: Asset }[];

  /** @param assets a later entry for the same address replaces an earlier one */
  constructor(assets: readonly Asset[]) {
    const networks = new Map<string, Asset>();
    for (const asset of assets) {
      if (isIP(asset.address) === 0) networks.set(asset.address, asset);
      else this.#hosts.set(asset.address, asset);
    }
    this.#networks = [...networks.values()]
      .flatMap((asset) => {
        const network = parseNetwork(asset.address);
        if (network === undefined) return [];
        const list = new BlockList();
        list.addSubnet(network.address, network.prefix, network.family);
        return [{ prefix: network.prefix, list, asset }];
      })
      .sort((a, b) => b.prefix - a.prefix);
  }

  get isEmpty(): boolean {
    return this.#hosts.size === 0 && this.#networks.length === 0;
  }

  /** Whether a list of addresses, networks and names (`expected_partners`) holds the address. */
  names(partners: readonly string[], address: string): boolean {
    const name = this.find(address)?.name;
    const version = isIP(address);
    return partners.some((partner) => {
      if (partner === address || partner === name) return true;
      const network = version === 0 ? undefined : parseNetwork(partner);
      if (network === undefined || network.family !== (version === 6 ? 'ipv6' : 'ipv4')) return false;
      const list = new BlockList();
      list.addSubnet(network.address, network.prefix, network.family);
      return list.check(address, network.family);
    });
  }

  find(address: string): Asset | undefined {
    const host = this.#hosts.get(address);
    if (host !== undefined) return host;
    const version = isIP(address);
    if (version === 0) return undefined;
    const family = version === 6 ? 'ipv6' : 'ipv4';
    return this.#networks.find(({ list }) => list.check(address, family))?.asset;
  }
}

/** Whether an address is the one, or in the network, that `network` names; false if it names neither. */
export function isWithin(address: string, network: string): boolean {
  const parsed = parseNetwork(network);
  const version = isIP(address);
  if (parsed === undefined || version === 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (family !== parsed.family) return false;
  const list = new BlockList();
  list.addSubnet(parsed.address, parsed.prefix, parsed.family);
  return list.check(address, family);
}

function parseNetwork(value: string): Network | undefined {
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const widest = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > widest || bits === '') return undefined;
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}
