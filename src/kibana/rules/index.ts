import { RULES_OF_COURSE } from './ofCourse.js';
import { RULES_OF_GOVERNANCE } from './ofGovernance.js';
import { RULES_OF_NOVELTY } from './ofNovelty.js';
import { RULES_OF_OPERATION } from './ofOperation.js';
import { RULES_OF_SOURCES } from './ofSources.js';
import type { Rule } from './rule.js';

export const RULES: readonly Rule[] = [
  ...RULES_OF_NOVELTY,
  ...RULES_OF_COURSE,
  ...RULES_OF_OPERATION,
  ...RULES_OF_GOVERNANCE,
  ...RULES_OF_SOURCES,
];
