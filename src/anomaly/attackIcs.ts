/**
 * Techniques of MITRE ATT&CK for ICS that single records can give evidence for: v18.1's id, name and tactics, and
 * the id that v19 (2026-04) gave to those it renumbered.
 *
 * © The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
 */
export interface Technique {
  readonly v18: string;
  readonly id: string;
  readonly name: string;
  readonly tactics: readonly Tactic[];
}

export interface Tactic {
  readonly id: string;
  readonly name: string;
}

const TACTICS = {
  'initial-access': { id: 'TA0108', name: 'Initial Access' },
  execution: { id: 'TA0104', name: 'Execution' },
  evasion: { id: 'TA0103', name: 'Evasion' },
  discovery: { id: 'TA0102', name: 'Discovery' },
  'lateral-movement': { id: 'TA0109', name: 'Lateral Movement' },
  collection: { id: 'TA0100', name: 'Collection' },
  'inhibit-response-function': { id: 'TA0107', name: 'Inhibit Response Function' },
  'impair-process-control': { id: 'TA0106', name: 'Impair Process Control' },
} as const;

function technique(v18: string, id: string, name: string, ...tactics: (keyof typeof TACTICS)[]): Technique {
  return { v18, id, name, tactics: tactics.map((tactic) => TACTICS[tactic]) };
}

export const TECHNIQUES = {
  discovery: technique('T0846', 'T0846', 'Remote System Discovery', 'discovery'),
  systemInformation: technique('T0888', 'T0888', 'Remote System Information Discovery', 'discovery'),
  points: technique('T0861', 'T0861', 'Point & Tag Identification', 'collection'),
  programDownload: technique('T0843', 'T0843', 'Program Download', 'lateral-movement'),
  denialOfService: technique('T0814', 'T0814', 'Denial of Service', 'inhibit-response-function'),
  rogueMaster: technique('T0848', 'T0848', 'Rogue Master', 'initial-access'),
  unauthorizedCommand: technique(
    'T0855',
    'T1692.001',
    'Unauthorized Command Message',
    'impair-process-control',
  ),
  bruteForceIo: technique('T0806', 'T0806', 'Brute Force I/O', 'impair-process-control'),
  modifyParameter: technique('T0836', 'T0836', 'Modify Parameter', 'impair-process-control'),
  operatingMode: technique('T0858', 'T0858', 'Change Operating Mode', 'execution', 'evasion'),
  restart: technique('T0816', 'T0816', 'Device Restart/Shutdown', 'inhibit-response-function'),
  alarmSuppression: technique('T0878', 'T0878', 'Alarm Suppression', 'inhibit-response-function'),
} as const;
