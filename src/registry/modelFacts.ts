import type { z } from 'zod';
import type { ModelFacts } from '../governance/deployment/evaluateModel.js';
import { GovernanceError } from '../governance/governanceError.js';
import { type GateResult, gateResultSchema } from '../governance/model/gateResult.js';
import {
  evidencePredicate,
  gatePredicate,
  PREDICATE,
  trainingPredicate,
} from '../governance/model/statements.js';
import { parseJson } from '../governance/parseDocument.js';
import { type Approvers, isKeyValidAt, type ServicePurpose } from '../governance/policy/approvers.js';
import { type Envelope, validKeyIds } from '../governance/signing/dsse.js';
import { readStatement, type Statement } from '../governance/signing/statement.js';
import { sha256 } from './digest.js';
import type { RegistryFiles } from './registryFiles.js';
import type { LoadedModel } from './store.js';

export interface FoundStatement<T> {
  readonly predicate: T;
  /** SHA-256 of the statement's file */
  readonly sha256: string;
}

/** What signed statements say of a model; what nobody signed who may, is as if it weren't there. */
export interface ModelStatements {
  readonly facts: ModelFacts;
  readonly digests: {
    readonly training: string | undefined;
    readonly gate: string | undefined;
    readonly staging: string | undefined;
    readonly comparison: string | undefined;
  };
  /** statements that are there and don't count, with the reason */
  readonly problems: readonly string[];
}

/**
 * Reads and verifies what is said of a model: each statement signed by a program whose purpose it is, about exactly
 * this model and, for the gate, about exactly the file beside it.
 */
export function modelStatements(
  files: RegistryFiles,
  model: LoadedModel,
  approvers: Approvers,
  at: Date,
): ModelStatements {
  const problems: string[] = [];
  const find = <T>(name: string, type: string, schema: z.ZodType<T>, purpose: ServicePurpose) => {
    try {
      return findStatement(files, model.sha256, name, type, schema, serviceKeys(approvers, purpose, at));
    } catch (error) {
      if (!(error instanceof GovernanceError)) throw error;
      problems.push(`${name}: ${error.message}`);
      return undefined;
    }
  };
  const training = find('training', PREDICATE.training, trainingPredicate, 'training');
  const gate = find('gate', PREDICATE.gate, gatePredicate, 'gate');
  const evidence = find('evidence', PREDICATE.evidence, evidencePredicate, 'registry');
  return {
    facts: {
      modelSha256: model.sha256,
      shortBaseline: model.model.baseline.shortBaseline,
      training: training?.predicate,
      gate:
        gate === undefined
          ? undefined
          : readGate(files, model.sha256, gate.subjects, gate.predicate.passed, problems),
      evidence: evidence?.predicate,
    },
    digests: {
      training: training?.sha256,
      gate: gate?.sha256,
      staging: evidence?.sha256,
      comparison: evidence?.predicate.comparison_sha256 ?? undefined,
    },
    problems,
  };
}

export function findStatement<T>(
  files: RegistryFiles,
  modelSha256: string,
  name: string,
  type: string,
  schema: z.ZodType<T>,
  keys: readonly string[],
): (FoundStatement<T> & Pick<Statement<T>, 'subjects'>) | undefined {
  const found = files.readStatement(modelSha256, name);
  if (found === undefined) return undefined;
  const statement = readStatement(name, found.envelope, type, schema);
  const refuse = (why: string) =>
    new GovernanceError('untrusted', why, 'Have the statement made anew by the part whose purpose it is.');
  if (!isSigned(found.envelope, keys)) throw refuse('not signed by a key that may make such a statement');
  if (!statement.subjects.some((subject) => subject.sha256 === modelSha256))
    throw refuse('about another model');
  return { ...statement, sha256: found.sha256 };
}

/** Public keys of the programs that may attest `purpose` at a time. */
export function serviceKeys(approvers: Approvers, purpose: ServicePurpose, at: Date): readonly string[] {
  return approvers.services
    .filter(({ purposes }) => purposes.includes(purpose))
    .flatMap(({ keys }) => keys.filter((key) => isKeyValidAt(key, at)).map(({ public_key }) => public_key));
}

function isSigned(envelope: Envelope, keys: readonly string[]): boolean {
  return validKeyIds(envelope, keys).length > 0;
}

function readGate(
  files: RegistryFiles,
  modelSha256: string,
  subjects: readonly { readonly name: string; readonly sha256: string }[],
  signedAs: boolean,
  problems: string[],
): GateResult | undefined {
  const text = files.readBeside(modelSha256, 'gate.json');
  if (
    text === undefined ||
    !subjects.some(({ name, sha256: digest }) => name === 'gate.json' && digest === sha256(text))
  ) {
    problems.push('gate: gate.json is not the file that was signed');
    return undefined;
  }
  const result = parseJson('gate.json', text, gateResultSchema);
  if (result.passed === signedAs) return result;
  problems.push('gate: the statement and gate.json differ on whether it passed');
  return undefined;
}
