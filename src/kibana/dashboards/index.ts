import type { Dashboard } from '../dashboard.js';
import { aiOversight } from './aiOversight.js';
import { asset } from './asset.js';
import { attackForIcs } from './attackForIcs.js';
import { investigation } from './investigation.js';
import { modelAndGovernance } from './modelAndGovernance.js';
import { newestWord } from './newestWord.js';
import { overview } from './overview.js';
import { scorerHealth } from './scorerHealth.js';
import { triageQueue } from './triageQueue.js';

export const DASHBOARDS: readonly Dashboard[] = [
  overview,
  triageQueue,
  newestWord,
  investigation,
  asset,
  attackForIcs,
  modelAndGovernance,
  aiOversight,
  scorerHealth,
];
