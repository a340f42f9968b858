import { RULES_OF_ALERTS } from './ofAlerts.js';
import { RULES_OF_OPERATION } from './ofOperation.js';
import { RULES_OF_SOURCES } from './ofSources.js';
import type { Rule } from './rule.js';

export const RULES: readonly Rule[] = [...RULES_OF_ALERTS, ...RULES_OF_OPERATION, ...RULES_OF_SOURCES];
