import { SCORED_LOGS } from '../zeek/scoredLogs.js';
import type { IndexProfile } from './schema.js';

/** What detection loses in this convention against Zeek's own logs, and why: one sentence each, for people. */
export function profileLimits(profile: IndexProfile): readonly string[] {
  return [
    ...timeLimits(profile),
    ...identityLimits(profile),
    ...sensorLimits(profile),
    ...logLimits(profile),
  ];
}

function timeLimits({ time, arrival }: IndexProfile): readonly string[] {
  return [
    ...(time.exact === undefined
      ? [`Times come from ${time.field} and have milliseconds: intervals are known to 1 ms.`]
      : []),
    ...(arrival.resolution === 'seconds'
      ? [`${arrival.field} has whole seconds: each poll reads one more second again.`]
      : []),
  ];
}

function identityLimits({ identity }: IndexProfile): readonly string[] {
  return [
    ...(identity.sensor === undefined
      ? ['No field names the sensor: what two sensors see of one relation becomes one sequence.']
      : []),
    ...(identity.vlan === undefined
      ? ['No field names the VLAN: equal addresses on two VLANs are one relation.']
      : []),
  ];
}

/** What tells whether a sensor sees all of it; its clock and its silence are known in every convention. */
function sensorLimits({ capture_loss, logs }: IndexProfile): readonly string[] {
  return [
    ...(capture_loss === undefined
      ? ['capture_loss.log is not read: a sensor that loses packets is not known by it.']
      : []),
    ...(logs.conn?.columns_under === undefined
      ? ['conn.log’s missed_bytes and directions are not read: a sensor is not judged by them.']
      : []),
  ];
}

function logLimits(profile: IndexProfile): readonly string[] {
  return SCORED_LOGS.flatMap((log) => {
    const absent = profile.absent[log];
    if (absent !== undefined) return [`${log}.log is not read: ${absent}`];
    const described = profile.logs[log];
    if (described === undefined) return [];
    const ip =
      described.bytes?.meaning === 'ip'
        ? [
            `${log}.log: bytes are IP bytes; headers, acknowledgements and resent packets blur small changes of payload.`,
          ]
        : [];
    return [
      ...ip,
      ...Object.entries(described.loses).map(([what, why]) => `${log}.log lacks ${what}: ${why}`),
    ];
  });
}
