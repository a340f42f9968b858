import { type FunctionClass, functionClass } from '../features/functionClass.js';
import type { OtRecord } from '../features/otRecord.js';
import type { Part } from '../model/detectors/detector.js';
import { TECHNIQUES, type Technique } from './attackIcs.js';
import type { GroupedParts } from './group.js';

/** A technique and what in the record speaks for it. */
export interface Indication {
  readonly technique: Technique;
  readonly evidence: string;
}

/** What a function that a relation never had may be a sign of. */
const BY_CLASS: Readonly<Partial<Record<FunctionClass, readonly Technique[]>>> = {
  write: [TECHNIQUES.unauthorizedCommand, TECHNIQUES.modifyParameter],
  operate: [TECHNIQUES.unauthorizedCommand],
  program: [TECHNIQUES.programDownload],
  mode: [TECHNIQUES.operatingMode],
  restart: [TECHNIQUES.restart],
  alarm: [TECHNIQUES.alarmSuppression],
  identify: [TECHNIQUES.systemInformation],
};

/** Functions that only a master has business to send. */
const COMMANDS: ReadonlySet<FunctionClass> = new Set([
  'write',
  'operate',
  'program',
  'mode',
  'restart',
  'alarm',
]);

/**
 * The techniques of ATT&CK for ICS for which this very record holds evidence: a function that its relation never
 * had, a stranger that commands, attempts on addresses that nobody talks to. A rhythm or byte count alone is
 * evidence for none. Impacts are never claimed of one record.
 */
export function techniquesOf(record: OtRecord, { group, parts }: GroupedParts): readonly Indication[] {
  if (group.kind === 'fan_out') return fanOutTechnique(parts);
  if (group.kind === 'write_rate') return writeRateTechnique(parts);
  if (group.kind === 'written_address' || group.kind === 'written_value')
    return writtenTechniques(record, parts);
  const fresh = new Set(
    parts.flatMap(({ evidence }) =>
      evidence.filter(({ daysSeen }) => daysSeen === 0).map(({ feature }) => feature),
    ),
  );
  if (fresh.size === 0) return group.kind === 'hour_of_week' ? outOfHoursTechniques(record) : [];
  if (group.kind === 'attempts') {
    return group.key.startsWith('attempts|from|')
      ? [
          {
            technique: TECHNIQUES.discovery,
            evidence: `a connection attempt on ${record.destination}, with which the baseline saw no industrial traffic`,
          },
        ]
      : [];
  }
  if (record.functionCode === '-' || record.kind === 'response') return [];
  const kind = functionClass(record.protocol, record.functionCode);
  const stranger = fresh.has('source') || fresh.has('pair');
  const indications = (BY_CLASS[kind] ?? []).map((technique) => ({
    technique,
    evidence: `${record.functionCode}, which ${record.source} never sent to ${record.destination} in the baseline`,
  }));
  if (fresh.has('source') && COMMANDS.has(kind)) {
    indications.push({
      technique: TECHNIQUES.rogueMaster,
      evidence: `${record.source}, never seen before, commands ${record.destination}`,
    });
  }
  if (stranger && kind === 'read' && record.kind !== 'connection') {
    indications.push({
      technique: TECHNIQUES.points,
      evidence: `${record.functionCode} by ${record.source}, which never read from ${record.destination} in the baseline`,
    });
  }
  return indications;
}

/** Many destinations of one source are evidence for discovery, many sources of one destination for denial of service. */
function fanOutTechnique(parts: readonly Part[]): readonly Indication[] {
  return parts.flatMap(({ evidence }) =>
    evidence.map(({ feature, text }) => ({
      technique: feature === 'scan' ? TECHNIQUES.discovery : TECHNIQUES.denialOfService,
      evidence: text,
    })),
  );
}

/** Far more writes than ever of one function are what changing outputs again and again looks like. */
function writeRateTechnique(parts: readonly Part[]): readonly Indication[] {
  return parts.flatMap(({ evidence }) =>
    evidence.map(({ text }) => ({ technique: TECHNIQUES.bruteForceIo, evidence: text })),
  );
}

/** A command is a command of its class, at an address or with a value at which nobody ever sent it. */
function writtenTechniques(record: OtRecord, parts: readonly Part[]): readonly Indication[] {
  const techniques = BY_CLASS[functionClass(record.protocol, record.functionCode)] ?? [];
  return parts.flatMap(({ evidence }) =>
    evidence.flatMap(({ text }) => techniques.map((technique) => ({ technique, evidence: text }))),
  );
}

/** A command is a command of its class, sent at an hour at which nobody sends any. */
function outOfHoursTechniques(record: OtRecord): readonly Indication[] {
  const kind = functionClass(record.protocol, record.functionCode);
  if (record.kind === 'response' || !COMMANDS.has(kind)) return [];
  return (BY_CLASS[kind] ?? []).map((technique) => ({
    technique,
    evidence: `${record.functionCode} by ${record.source} at an hour of the week at which the baseline never saw it`,
  }));
}
