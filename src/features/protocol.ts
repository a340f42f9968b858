/** The industrial protocols this product selects, under one name each whatever Zeek's service says. */
export const PROTOCOLS = ['modbus', 'dnp3', 'enip', 'cip'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * Zeek's names for the services (conn.log `service`), lower case.
 * Zeek writes `dnp3_tcp` and `dnp3_udp`, never `dnp3`; `cip` is implicit I/O on UDP 2222.
 */
export const SERVICE_PROTOCOL: Readonly<Record<string, Protocol>> = {
  modbus: 'modbus',
  dnp3: 'dnp3',
  dnp3_tcp: 'dnp3',
  dnp3_udp: 'dnp3',
  enip: 'enip',
  cip: 'cip',
};

/** IANA-registered ports: 502 mbap, 20000 dnp, 44818 EtherNet-IP-2, 2222 EtherNet-IP-1 (implicit I/O). */
export const PORT_PROTOCOL: Readonly<Record<number, Protocol>> = {
  502: 'modbus',
  20000: 'dnp3',
  44818: 'enip',
  2222: 'cip',
};

/**
 * The protocol of a connection: by service where Zeek named one (a list counts when any entry is known),
 * else by the responder's port, since scans and floods have no service at all.
 *
 * @returns undefined when the connection is not industrial traffic
 */
export function protocolOf(
  service: string | readonly string[] | undefined,
  port: number,
): Protocol | undefined {
  const services = service === undefined ? [] : typeof service === 'string' ? service.split(',') : service;
  for (const name of services) {
    const protocol = SERVICE_PROTOCOL[name.toLowerCase()];
    if (protocol !== undefined) return protocol;
  }
  return PORT_PROTOCOL[port];
}
