import { CodedError } from '../errors.js';

export type GovernanceErrorCode =
  /** A policy, approvers file, request, envelope or record is not of the form it must have. */
  | 'invalid_document'
  /** A key file can't be used, or others than its owner may read it. */
  | 'invalid_key'
  /** An external signer command failed or answered with something that is no signature. */
  | 'signer_failed'
  /** The root of trust, or what it should have signed, is absent, expired, or not signed by enough keys. */
  | 'untrusted'
  /** The file, request, record or model is not there. */
  | 'not_found'
  /** A rule of the policy refuses; the message names each reason. */
  | 'refused'
  /** The audit record could not be written or anchored: so nothing was done. */
  | 'audit_failed';

/** What governance refused, or could not read. */
export class GovernanceError extends CodedError<GovernanceErrorCode> {}
