import { CodedError } from '../../errors.js';

export type KibanaErrorCode =
  /** No answer: nothing listens there, the name is unknown, TLS failed, or it took too long. */
  | 'unreachable'
  /** 401: the credential is wrong, expired or missing. */
  | 'unauthenticated'
  /** 403: the credential is right and may not do this. */
  | 'forbidden'
  /** Something answers there, and not as Kibana does. */
  | 'not_kibana'
  /** A Kibana that is older or newer than what the files are for. */
  | 'unsupported_version'
  /** There is no such space. */
  | 'no_such_space'
  /** Objects or rules exist already and overwriting was not asked for. */
  | 'conflict'
  /** Kibana took the file and refused some of it, or refused the file. */
  | 'rejected';

/** What Kibana refused or could not do, with what to do about it; holds no secret. */
export class KibanaError extends CodedError<KibanaErrorCode> {}
