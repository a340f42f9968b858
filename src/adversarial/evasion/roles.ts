import { functionClass } from '../../features/functionClass.js';
import { toOtRecord } from '../../features/otRecord.js';
import type { Protocol } from '../../features/protocol.js';
import { sequenceKey } from '../../features/relation.js';
import type { Model } from '../../model/artifact.js';
import { type Group, groupsOfModel, relationOf, zeekRow } from '../group.js';

/** A function by which each protocol writes, as its log names it. */
const WRITES: Readonly<Record<Protocol, readonly string[]>> = {
  modbus: ['WRITE_MULTIPLE_REGISTERS', 'WRITE_SINGLE_REGISTER', 'WRITE_SINGLE_COIL'],
  dnp3: ['DIRECT_OPERATE', 'OPERATE', 'WRITE'],
  enip: ['Set Attribute Single', 'Write Tag'],
  cip: ['Set Attribute Single'],
};

export function writesOf(protocol: Protocol): readonly string[] {
  return WRITES[protocol];
}

/** Whether the group's function puts values or switches into a device. */
export function isWrite({ protocol, functionCode }: Group): boolean {
  return ['write', 'operate'].includes(functionClass(protocol, functionCode));
}

/** Groups of requests: not connections, nor the answers that some logs keep as rows of their own. */
export function requestsOf(model: Model): readonly Group[] {
  return groupsOfModel(model).filter(
    ({ log, functionCode }) =>
      log !== 'conn' && functionCode !== '-' && !/(_EXCEPTION|RESPONSE)$/.test(functionCode),
  );
}

/** Requests that read, of relations that never wrote; those with a rhythm first. */
export function readers(model: Model): readonly Group[] {
  const requests = requestsOf(model);
  const writing = new Set(requests.filter(isWrite).map(relationOf));
  const reading = requests.filter((group) => !isWrite(group) && !writing.has(relationOf(group)));
  const rhythm = (group: Group) => (rhythmOf(model, group) === undefined ? 1 : 0);
  return [...reading].sort((a, b) => rhythm(a) - rhythm(b));
}

export function writers(model: Model): readonly Group[] {
  return requestsOf(model).filter(isWrite);
}

/** The rhythm that the model keeps of a group's requests. */
export interface Rhythm {
  /** seconds */
  readonly median: number;
  /** address and quantity, where the log has them */
  readonly where: { readonly address?: number; readonly quantity?: number };
}

/** @returns undefined where the model can't see one */
export function rhythmOf(model: Model, group: Group): Rhythm | undefined {
  const prefix = `${group.log}|${relationOf(group)}|${group.functionCode}`;
  const plain = sequenceOf(group);
  for (const [key, sequence] of Object.entries(model.baseline.intervals)) {
    if (key !== plain && !key.startsWith(`${prefix}|`)) continue;
    if ((sequence.sight !== 'own' && sequence.sight !== 'pooled') || sequence.median <= 0) continue;
    const [address, quantity] = key.slice(prefix.length + 1).split('|');
    return {
      median: sequence.median,
      where: {
        ...(address === undefined || address === '' ? {} : { address: Number(address) }),
        ...(quantity === undefined || quantity === '' ? {} : { quantity: Number(quantity) }),
      },
    };
  }
  return undefined;
}

function sequenceOf(group: Group): string {
  const record = toOtRecord(zeekRow(group, { ts: 1, uid: 'C' }));
  return record === undefined ? '' : sequenceKey(record);
}

/** An address that the model has never seen, in the first source's network. */
export function strangerOf(model: Model): string {
  const known = new Set([
    ...Object.keys(model.baseline.structure.source),
    ...Object.keys(model.baseline.structure.destination),
  ]);
  const [first = '192.0.2.1'] = Object.keys(model.baseline.structure.source);
  const network = first.includes(':') ? '2001:db8::' : `${first.split('.').slice(0, 3).join('.')}.`;
  for (let host = 199; host > 0; host--) if (!known.has(`${network}${host}`)) return `${network}${host}`;
  return '192.0.2.77';
}
