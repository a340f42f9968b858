import type { ZeekRow } from '../features/otRecord.js';

/** IANA's ports of the same protocols over TLS: 802 mbap-s, 19999 dnp-sec, 2221 eip-tls. */
const ENCRYPTED_PORTS: Readonly<Record<number, string>> = {
  802: 'Modbus',
  19999: 'DNP3',
  2221: 'EtherNet/IP',
};
const RELATIONS_NAMED = 20;

/** Connections whose content Zeek could not read: only that they were there is known. */
export interface EncryptedRelation {
  readonly relation: string;
  readonly connections: number;
}

/** Counts connections that carry industrial traffic over TLS, by relation. */
export class EncryptedConnections {
  readonly #counts = new Map<string, number>();

  /** @param row of any log; only conn.log tells */
  add({ log, columns }: ZeekRow): void {
    if (log !== 'conn') return;
    const port = Number(columns['id.resp_p']);
    const protocol = ENCRYPTED_PORTS[port];
    const services = String(columns['service'] ?? '').split(',');
    const isTls = services.includes('ssl');
    if (protocol === undefined && !isTls) return;
    if (protocol === undefined && !INDUSTRIAL_PORTS.has(port)) return;
    const key = `${String(columns['id.orig_h'])} → ${String(columns['id.resp_h'])}:${port}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  relations(): readonly EncryptedRelation[] {
    return [...this.#counts]
      .map(([relation, connections]) => ({ relation, connections }))
      .sort((a, b) => b.connections - a.connections)
      .slice(0, RELATIONS_NAMED);
  }
}

const INDUSTRIAL_PORTS: ReadonlySet<number> = new Set([502, 20_000, 44_818, 2_222]);
