/** A service of the Common Industrial Protocol, by ICSNPP's names and codes (its consts.zeek). */
export const SERVICES = {
  'Get Attributes All': '0x01',
  'Get Attribute List': '0x03',
  'Set Attribute List': '0x04',
  Reset: '0x05',
  Start: '0x06',
  Stop: '0x07',
  Create: '0x08',
  Delete: '0x09',
  'Multiple Service Packet': '0x0a',
  'Get Attributes Single': '0x0e',
  Save: '0x16',
  'Read Data': '0x4c',
  'Write Data': '0x4d',
  'Write Data Fragmented': '0x53',
  'Forward Open': '0x54',
} as const;
export type CipServiceName = keyof typeof SERVICES;

/** Classes by id; ICSNPP calls a vendor's own class `unknown`. */
const CLASS_NAMES: Readonly<Record<string, string>> = {
  '0x01': 'Identity',
  '0x02': 'Message Router',
  '0x06': 'Connection Manager',
};

export interface CipPath {
  readonly classId: string;
  readonly instanceId: string;
  readonly attributeId?: string;
}

/** One request and the data that goes and comes with it, in bytes. A tag is named by a symbol: no class shows. */
export interface CipRequest {
  readonly service: CipServiceName;
  readonly path?: CipPath;
  readonly sends?: number;
  readonly receives?: number;
  /** The services within a Multiple Service Packet. */
  readonly parts?: readonly CipRequest[];
}

/** A symbolic segment: a tag's name of about a dozen letters. */
const SYMBOL_BYTES = 16;
const PATH_BYTES = 4;

/** Service, path size, path, data; a packet of several adds a count and an offset each. */
export function requestBytes({ path, sends = 0, parts = [] }: CipRequest): number {
  const inner = parts.reduce((sum, part) => sum + 2 + requestBytes(part), parts.length > 0 ? 2 : 0);
  return (
    2 +
    (path === undefined ? SYMBOL_BYTES : PATH_BYTES + (path.attributeId === undefined ? 0 : 2)) +
    sends +
    inner
  );
}

/** Service, a reserved byte, status, size of the extended status, data. */
export function responseBytes({ receives = 0, parts = [] }: CipRequest): number {
  return 4 + receives + parts.reduce((sum, part) => sum + 2 + responseBytes(part), parts.length > 0 ? 2 : 0);
}

export function className({ classId }: CipPath): string {
  return CLASS_NAMES[classId] ?? 'unknown';
}
