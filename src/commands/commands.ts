import type { Command } from 'commander';

export type Register = (program: Command) => void;

/**
 * Every command, in the order of the help, and where it is: each is loaded when it is asked for. All of them together,
 * with what they need, take half a second to load.
 */
export const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  setup: async () => (await import('./setup.js')).registerSetup,
  ingest: async () => (await import('./ingest.js')).registerIngest,
  assets: async () => (await import('./assets.js')).registerAssets,
  maintenance: async () => (await import('./maintenance.js')).registerMaintenance,
  train: async () => (await import('./train.js')).registerTrain,
  gate: async () => (await import('./gate.js')).registerGate,
  score: async () => (await import('./score.js')).registerScore,
  doctor: async () => (await import('./doctor.js')).registerDoctor,
  evaluate: async () => (await import('./evaluate.js')).registerEvaluate,
  simulate: async () => (await import('./simulate.js')).registerSimulate,
  triage: async () => (await import('./triage.js')).registerTriage,
  'triage-eval': async () => (await import('./triageEval.js')).registerTriageEval,
  sidecar: async () => (await import('./sidecar.js')).registerSidecar,
  run: async () => (await import('./run.js')).registerRun,
  kibana: async () => (await import('./kibana.js')).registerKibana,
  policy: async () => (await import('./policy.js')).registerPolicy,
  key: async () => (await import('./key.js')).registerKey,
  trust: async () => (await import('./trust.js')).registerTrust,
  approval: async () => (await import('./approval.js')).registerApproval,
  model: async () => (await import('./model.js')).registerModel,
  threshold: async () => (await import('./threshold.js')).registerThreshold,
  retrain: async () => (await import('./retrain.js')).registerRetrain,
  incident: async () => (await import('./incident.js')).registerIncident,
  review: async () => (await import('./review.js')).registerReview,
  report: async () => (await import('./report.js')).registerReport,
  hold: async () => (await import('./hold.js')).registerHold,
  boundary: async () => (await import('./boundary.js')).registerBoundary,
  audit: async () => (await import('./audit.js')).registerAudit,
};
