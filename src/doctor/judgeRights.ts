import type { Rights } from './examined.js';
import type { Finding } from './finding.js';

const DAY_MS = 86_400_000;
/** Set-up renews a key from two weeks before its end on. */
const EXPIRES_SOON_DAYS = 14;

export function judgeRights(rights: Rights, now: Date): Finding[] {
  const { part, missing, excess, superuser } = rights;
  const findings: Finding[] = [...judgeExpiry(rights, now)];
  if (missing.length > 0)
    findings.push({
      code: 'missing_right',
      severity: 'error',
      part,
      message: `the ${part} lacks ${missing.join('; ')}`,
      advice:
        'Run "ot-anomaly setup" (with --profile where the site has another convention): it makes role and key anew.',
    });
  if (superuser)
    findings.push({
      code: 'excess_right',
      severity: 'warning',
      part,
      message: `the credential given for the ${part} may do anything`,
      advice: `Use it to look, never to run the ${part}: "ot-anomaly setup" writes a key that can do its work and no more.`,
    });
  else if (excess.length > 0)
    findings.push({
      code: 'excess_right',
      severity: 'warning',
      part,
      message: `the ${part} may do more than it needs: ${excess.join('; ')}`,
      advice:
        'Run "ot-anomaly setup --rotate-keys" and use the key that it writes, or take the right out of the role.',
    });
  return findings;
}

function judgeExpiry({ part, expires }: Rights, now: Date): Finding[] {
  if (expires === undefined) return [];
  const days = Math.floor((expires.getTime() - now.getTime()) / DAY_MS);
  if (days >= EXPIRES_SOON_DAYS) return [];
  return [
    {
      code: 'key_expires',
      severity: 'warning',
      part,
      message: `the key of the ${part} expires ${expires.toISOString()}, ${days < 0 ? 'in the past' : `in ${days} days`}`,
      advice: 'Run "ot-anomaly setup": it renews keys that have less than 14 days left.',
    },
  ];
}
