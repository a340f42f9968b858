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
 * The protocol of a connection: by service where Zeek named one, else by the responder's port, since scans and floods
 * have no service at all. Of a list of services the first in the order of PROTOCOLS counts, whatever the list's order:
 * an index doesn't keep it.
 *
 * @returns undefined when the connection is not industrial traffic
 */
export function protocolOf(
  service: string | readonly string[] | undefined,
  port: number,
): Protocol | undefined {
  const names = service === undefined ? [] : typeof service === 'string' ? service.split(',') : service;
  const services = names.map((name) => name.trim().toLowerCase());
  return (
    PROTOCOLS.find((protocol) => servicesOf(protocol).some((name) => services.includes(name))) ??
    PORT_PROTOCOL[port]
  );
}

/** Zeek's names for a protocol's services. */
export function servicesOf(protocol: Protocol): readonly string[] {
  return SERVICES[protocol];
}

/** The responder's ports by which a protocol is known. */
export function portsOf(protocol: Protocol): readonly number[] {
  return Object.keys(PORT_PROTOCOL)
    .map(Number)
    .filter((port) => PORT_PROTOCOL[port] === protocol);
}

const SERVICES: Readonly<Record<Protocol, readonly string[]>> = {
  modbus: servicesNaming('modbus'),
  dnp3: servicesNaming('dnp3'),
  enip: servicesNaming('enip'),
  cip: servicesNaming('cip'),
};

function servicesNaming(protocol: Protocol): readonly string[] {
  return Object.keys(SERVICE_PROTOCOL).filter((name) => SERVICE_PROTOCOL[name] === protocol);
}
