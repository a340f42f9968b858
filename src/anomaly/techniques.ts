import { type FunctionClass, functionClass } from '../features/functionClass.js';
import type { OtRecord } from '../features/otRecord.js';
import type { Verdict } from '../model/scorer.js';
import { TECHNIQUES, type Technique } from './attackIcs.js';
import type { Group } from './group.js';

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
export function techniquesOf(record: OtRecord, verdict: Verdict, group: Group): readonly Indication[] {
  const fresh = new Set(
    verdict.parts.flatMap(({ evidence }) =>
      evidence.filter(({ daysSeen }) => daysSeen === 0).map(({ feature }) => feature),
    ),
  );
  if (fresh.size === 0) return [];
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
