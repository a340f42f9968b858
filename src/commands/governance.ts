import { registerApproval } from './approval.js';
import { registerAudit } from './audit.js';
import { registerBoundary } from './boundary.js';
import { registerHold } from './hold.js';
import { registerIncident } from './incident.js';
import { registerKey } from './key.js';
import { registerModel } from './model.js';
import { registerPolicy } from './policy.js';
import type { Register } from './program.js';
import { registerReport } from './report.js';
import { registerRetrain } from './retrain.js';
import { registerReview } from './review.js';
import { registerThreshold } from './threshold.js';
import { registerTrust } from './trust.js';

/** The commands around policies, signatures and the registry. */
export const GOVERNANCE: readonly Register[] = [
  registerPolicy,
  registerKey,
  registerTrust,
  registerApproval,
  registerModel,
  registerThreshold,
  registerRetrain,
  registerIncident,
  registerReview,
  registerReport,
  registerHold,
  registerBoundary,
  registerAudit,
];
