import { isForbiddenWording } from './wording.js';

/** What a recommendation proposes to change. */
export const TARGETS = ['process', 'device', 'network_rule', 'alert'] as const;
export type Target = (typeof TARGETS)[number];

/** Verbs that, told to somebody, change something. */
const CHANGE =
  'block|isolate|quarantine|segregate|disconnect|unplug|shut(?: ?down| ?off)?|cut|toggle|flip|vent|(?:de-?)?energi[sz]e|power|reboot|restart|reset|re-?flash|re-?program|program|write|overwrite|set|change|modify|adjust|increase|decrease|raise|lower|disable|enable|stop|start|halt|trip|open|close|force|switch|deny|drop|reject|allow|permit|add|remove|apply|deploy|install|update|upgrade|patch|roll ?back|restore|terminate|kill|revoke|rotate|re-?configure|configure|download|upload|push|send|issue|execute|run|activate|deactivate|turn|put|place|move|bypass|override|inhibit|acknowledge|limit|throttle|shun|ban|blacklist|blocklist|ramp|tune|correct|revert|delete|erase|wipe|replace|swap|take';

const LEADING_WORDS =
  '(?:(?:please|then|also|immediately|urgently|temporarily|first|next|finally|now|consider|try|to|and|or|you|we|analysts?|operators?|should|must|may|could|can|need to|recommend(?:ed)?|suggest(?:ed)?|propose[ds]?|if [^,]{1,80},|in the meantime,?|as a precaution,?)\\s+)*';

const IMPERATIVE = new RegExp(`^\\W*${LEADING_WORDS}(?:${CHANGE})(?:ing)?\\b`);
const PASSIVE =
  /\b(?:should|must|needs? to|has to|have to|ought to|recommend(?:ed)? (?:that|to)?|advis\w+ (?:that|to)?)\b.{0,60}\b(?:be\s+)?(?:blocked|isolated|quarantined|disconnected|shut(?: ?down| ?off)?|cut|toggled|flipped|vented|(?:de-?)?energi[sz]ed|powered|rebooted|restarted|reset|reprogrammed|written|set|changed|modified|adjusted|raised|lowered|disabled|stopped|tripped|opened|closed|forced|switched|denied|dropped|removed|applied|installed|updated|patched|restored|terminated|revoked|reconfigured)\b/;

const OBJECTS: readonly (readonly [Target, RegExp])[] = [
  [
    'process',
    /\b(?:set ?-?points?|valves?|pumps?|process|interlocks?|plant|turbines?|boilers?|breakers?|feeders?|motors?|compressors?|production|line|manual (?:mode|control)|temperature|pressure|flow|level|trip|emergency|coils?|registers?|outputs?)\b/,
  ],
  [
    'network_rule',
    /\b(?:firewalls?|acls?|rules?|vlans?|segments?|switch ?ports?|ports?|traffic|connections?|network|ip|address(?:es)?|routes?|routers?|gateways?|access)\b/,
  ],
];

/** Clauses that may each begin with a verb of their own. */
const CLAUSES = /[.;:,!?\n]|\b(?:and then|and|then|or|before|after|until|unless|to)\b/;

/**
 * What a recommended step would change, if it is more than an investigation; undefined for one that only looks.
 * Rather too often than too seldom: a step taken for a proposal waits for a person, and nothing is lost.
 */
export function proposedTarget(text: string): Target | undefined {
  const said = normalised(text);
  const proposes = PASSIVE.test(said) || said.split(CLAUSES).some((clause) => IMPERATIVE.test(clause.trim()));
  if (isForbiddenWording(text)) return 'alert';
  if (!proposes) return undefined;
  return OBJECTS.find(([, pattern]) => pattern.test(said))?.[0] ?? 'device';
}

/**
 * Whether confirming it needs the site's change ticket: whatever is no mere change to an alert touches the plant. What calls itself
 * one does too where it names a part of the plant, or where one of its clauses proposes a change and doesn't speak of an alert.
 */
export function needsChangeTicket(target: Target, text: string): boolean {
  if (target !== 'alert') return true;
  const said = normalised(text);
  if (OBJECTS.some(([, pattern]) => pattern.test(said))) return true;
  return said.split(CLAUSES).some((clause) => IMPERATIVE.test(clause.trim()) && !isForbiddenWording(clause));
}

const normalised = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
