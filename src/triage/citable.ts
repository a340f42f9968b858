import { TECHNIQUES } from '../anomaly/attackIcs.js';
import { type FunctionClass, functionClass } from '../features/functionClass.js';
import { type Alert, protocolOfAlert } from './alert.js';

/** What an answer may cite: both ids, and the name, so that `Alarm Suppression` isn't taken for a demand to suppress. */
export interface Citable {
  readonly id: string;
  readonly v18: string;
  readonly name: string;
}

const same = (id: string, name: string): Citable => ({ id, v18: id, name });

/**
 * Techniques that the alert document itself never claims, because one record is no evidence for them, but that an
 * answer may name as what an analyst should look for.
 *
 * © The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
 */
const MORE = {
  connections: same('T0840', 'Network Connection Enumeration'),
  detectMode: same('T0868', 'Detect Operating Mode'),
  remoteServices: same('T0886', 'Remote Services'),
  programUpload: same('T0845', 'Program Upload'),
  inTheMiddle: same('T0830', 'Adversary-in-the-Middle'),
  denialOfService: same('T0814', 'Denial of Service'),
  firmwareMode: same('T0800', 'Activate Firmware Update Mode'),
  applicationLayer: same('T0869', 'Standard Application Layer Protocol'),
} as const;

/** Every technique of this product's table, by either id. */
export const KNOWN: readonly Citable[] = [...Object.values(TECHNIQUES), ...Object.values(MORE)];

const BY_CLASS: Readonly<Record<FunctionClass, readonly Citable[]>> = {
  read: [TECHNIQUES.points, MORE.detectMode],
  identify: [TECHNIQUES.systemInformation],
  write: [TECHNIQUES.unauthorizedCommand, TECHNIQUES.modifyParameter, TECHNIQUES.bruteForceIo],
  operate: [TECHNIQUES.unauthorizedCommand, TECHNIQUES.bruteForceIo],
  program: [TECHNIQUES.programDownload, MORE.programUpload, MORE.firmwareMode],
  mode: [TECHNIQUES.operatingMode],
  restart: [TECHNIQUES.restart],
  alarm: [TECHNIQUES.alarmSuppression],
  file: [TECHNIQUES.programDownload, MORE.programUpload],
  other: [],
};

/**
 * The techniques that an answer on this alert may cite: those for which the alert holds evidence, and those that
 * its kind, function and novelty are compatible with. Impacts are never among them.
 */
export function citableTechniques(alert: Alert): ReadonlySet<Citable> {
  const { ot_anomaly: ot } = alert.document;
  const claimed = new Set(ot.technique.flatMap(({ id, v18_id }) => [id, v18_id ?? id]));
  const allowed = new Set(KNOWN.filter(({ id, v18 }) => claimed.has(id) || claimed.has(v18)));
  const add = (...more: readonly Citable[]) => {
    for (const technique of more) allowed.add(technique);
  };
  const fresh = new Set(ot.evidence.filter(({ days_seen }) => days_seen === 0).map(({ feature }) => feature));
  const kind = ot.group?.kind;
  if (kind === 'attempts' || kind === 'fan_out')
    add(TECHNIQUES.discovery, MORE.connections, MORE.denialOfService);
  if (kind === 'rhythm') add(MORE.denialOfService, MORE.inTheMiddle);
  if (fresh.has('source') || fresh.has('pair')) add(MORE.remoteServices, MORE.applicationLayer);
  const protocol = protocolOfAlert(alert);
  if (ot.function_code !== undefined && protocol !== undefined && fresh.size > 0) {
    const functions = functionClass(protocol, ot.function_code);
    add(...BY_CLASS[functions]);
    if (fresh.has('source') && functions !== 'read' && functions !== 'identify') add(TECHNIQUES.rogueMaster);
  }
  return allowed;
}

/** Ids of techniques as a text cites them, upper case. */
export function citedIds(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\bT\d{4}(?:\.\d{3})?\b/gi)].map(([id]) => id.toUpperCase()))];
}
