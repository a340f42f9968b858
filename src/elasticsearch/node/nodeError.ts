import { CodedError } from '../../errors.js';

/** Every way in which getting or running a local Elasticsearch can fail. */
export type NodeErrorCode =
  | 'platform_unsupported'
  | 'java_missing'
  | 'maven_missing'
  | 'unzip_missing'
  | 'disk_full'
  | 'download_failed'
  | 'archive_invalid'
  | 'distribution_invalid'
  | 'user_missing'
  | 'folder_unusable'
  | 'not_built'
  | 'port_in_use'
  | 'password_refused'
  | 'start_failed';

/** A local Elasticsearch could not be found, downloaded, unpacked or started. */
export class NodeError extends CodedError<NodeErrorCode> {}
