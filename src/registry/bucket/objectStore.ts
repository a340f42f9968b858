/** What the registry needs of a bucket: no deleting, no overwriting. */
export interface ObjectStore {
  /** Keys that begin with `prefix`, after `after` in the order of their bytes; at most `limit`. */
  list(prefix: string, after: string, limit: number): Promise<readonly string[]>;
  /** @throws {BucketError} not_found; too_large beyond `maxBytes` */
  read(key: string, maxBytes: number): Promise<Buffer>;
  /** Creates an object unless there is one of this key. @returns whether it was created */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  close(): void;
}
