import { PREDICATE, type TrainingPredicate } from '../../src/governance/model/statements.js';
import { signStatement } from '../../src/governance/signing/statement.js';
import { sha256 } from '../../src/registry/digest.js';
import { storeModel } from '../../src/registry/store.js';
import { record } from '../fixtures/records.js';
import { DAY, FROM, trainOn } from '../fixtures/smallModel.js';
import type { GovernedSite } from './governedSite.js';

/**
 * A small model in the registry with every statement that a program makes, signed with the programs' key: what whoever
 * holds that key can make, too. What people sign is missing.
 */
export async function signedModel(site: GovernedSite, seed: number, passed = true): Promise<string> {
  const { context, people, namespace } = site;
  const { files, now } = context;
  const rows = Array.from({ length: 31 * 100 }, (_, i) =>
    record({ ts: FROM + Math.floor(i / 100) * DAY + (i % 100), uid: `C${Math.floor(i / 100)}` }),
  );
  const model = storeModel(files.folder, await trainOn(rows, { seed, trees: 20 }));
  const sign = (
    predicateType: string,
    subjects: readonly { name: string; sha256: string }[],
    predicate: unknown,
  ) =>
    signStatement(
      predicateType,
      [{ name: 'model.json', sha256: model.sha256 }, ...subjects],
      predicate,
      people.signers.trainer,
    );
  const training: TrainingPredicate = {
    requested_by: 'anna',
    approved_by: ['lena'],
    approval_ticket_id: 'OT-1',
    request_sha256: '1'.repeat(64),
    training_window_start: '2026-01-01T00:00:00Z',
    training_window_end: '2026-02-01T00:00:00Z',
    data_sources: [],
    anomaly_alerts_in_window: 0,
    incidents_in_window: [],
    data_reviews: [],
    excluded_documents: 0,
    training_dataset_sha256: '2'.repeat(64),
    previous_model_sha256: null,
    approval_audit_sequence: 1,
    training_audit_sequence: 2,
    started_at: now().toISOString(),
    finished_at: now().toISOString(),
    policies: people.policies.digests,
  };
  const gate = JSON.stringify({
    passed,
    reasons: passed ? [] : ['slow drift was never seen'],
    modelSha256: model.sha256,
    policySha256: people.policies.digests.retraining_policy,
  });
  await files.writeBeside(model.sha256, 'gate.json', gate);
  const evidence = {
    namespace,
    staged_at: '2026-02-01T00:00:00Z',
    counted_at: '2026-02-04T00:00:00Z',
    compared_with: 'production',
    days: ['2026-02-01', '2026-02-02', '2026-02-03'].map((day) => ({
      day,
      shadow: 1_000,
      production: 1_000,
    })),
    comparison_sha256: '3'.repeat(64),
  };
  const at = now().toISOString();
  await files.writeStatement(model.sha256, 'training', await sign(PREDICATE.training, [], training));
  await files.writeStatement(
    model.sha256,
    'gate',
    await sign(PREDICATE.gate, [{ name: 'gate.json', sha256: sha256(gate) }], { passed, gated_at: at }),
  );
  await files.writeStatement(model.sha256, 'evidence', await sign(PREDICATE.evidence, [], evidence));
  return model.sha256;
}
