import type { Dashboard } from '../dashboard.js';
import { asset } from './asset.js';
import { attackForIcs } from './attackForIcs.js';
import { investigation } from './investigation.js';
import { overview } from './overview.js';
import { scorerHealth } from './scorerHealth.js';

export const DASHBOARDS: readonly Dashboard[] = [overview, investigation, asset, attackForIcs, scorerHealth];
