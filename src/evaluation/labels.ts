import { BlockList, isIP } from 'node:net';
import type { OtRecord } from '../features/otRecord.js';

/**
 * What somebody knows of some rows. Every condition that is given must hold; a label has uids or a time range, or it
 * would be true of everything.
 */
export interface Label {
  readonly label: string;
  /** Zeek's connection ids; an empty list names none. */
  readonly uids?: readonly string[] | undefined;
  /** seconds since the epoch, included */
  readonly from?: number | undefined;
  /** seconds since the epoch, included */
  readonly to?: number | undefined;
  /** address or network of the connection's originator */
  readonly source?: string | undefined;
  /** address or network of the connection's responder */
  readonly destination?: string | undefined;
}

interface Rule {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly source: (address: string) => boolean;
  readonly destination: (address: string) => boolean;
}

/** The labels as rows are asked about them: by uid at once, by time in turn. */
export class Labels {
  /** Distinct, in the order of the file. */
  readonly names: readonly string[];
  readonly #byUid = new Map<string, Rule[]>();
  readonly #byTime: Rule[] = [];
  readonly #begins = new Map<string, number>();

  constructor(labels: readonly Label[]) {
    this.names = [...new Set(labels.map(({ label }) => label))];
    for (const label of labels) {
      const rule = toRule(label);
      this.#begins.set(rule.label, Math.min(rule.from, this.#begins.get(rule.label) ?? rule.from));
      if (label.uids === undefined) this.#byTime.push(rule);
      for (const uid of label.uids ?? []) {
        const rules = this.#byUid.get(uid);
        if (rules === undefined) this.#byUid.set(uid, [rule]);
        else rules.push(rule);
      }
    }
  }

  /** @returns seconds since the epoch from which on a label holds; −Infinity where its times don't say */
  beginOf(name: string): number {
    return this.#begins.get(name) ?? Number.NEGATIVE_INFINITY;
  }

  /** @returns the names of all labels that are true of the record */
  of(record: OtRecord): readonly string[] {
    const candidates = this.#byUid.get(record.uid) ?? [];
    const rules = this.#byTime.length === 0 ? candidates : [...candidates, ...this.#byTime];
    const found = new Set<string>();
    for (const rule of rules) if (isTrueOf(rule, record)) found.add(rule.label);
    return [...found];
  }
}

function isTrueOf(rule: Rule, { ts, source, destination }: OtRecord): boolean {
  return ts >= rule.from && ts <= rule.to && rule.source(source) && rule.destination(destination);
}

function toRule({ label, from, to, source, destination }: Label): Rule {
  return {
    label,
    from: from ?? Number.NEGATIVE_INFINITY,
    to: to ?? Number.POSITIVE_INFINITY,
    source: holds(source),
    destination: holds(destination),
  };
}

/** Whether a text is an address or a network in CIDR notation. */
export function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (widest === -1 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest);
}

function holds(network: string | undefined): (address: string) => boolean {
  if (network === undefined) return () => true;
  const [address = '', bits] = network.split('/');
  if (bits === undefined) return (given) => given === address;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return (given) => isIP(given) !== 0 && list.check(given, isIP(given) === 6 ? 'ipv6' : 'ipv4');
}
