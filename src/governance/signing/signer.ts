/** Something that holds an Ed25519 key: a file, or a program in front of a token or HSM. */
export interface Signer {
  /** SHA-256 of the public key's SPKI DER form, hexadecimal */
  readonly keyid: string;
  /** base64 of the SPKI DER form */
  readonly publicKey: string;
  /** @returns the 64 bytes of the signature. @throws {GovernanceError} signer_failed */
  sign(bytes: Buffer): Promise<Buffer>;
}
