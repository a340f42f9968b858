import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DeploymentRecord, recordSchema } from '../governance/deployment/record.js';
import { GovernanceError } from '../governance/governanceError.js';
import { parseJson } from '../governance/parseDocument.js';
import { POLICY_FILES } from '../governance/policy/policyFiles.js';
import { type Envelope, envelopeSchema } from '../governance/signing/dsse.js';
import { type BucketMirror, filesOf } from './bucket/bucketMirror.js';
import { sha256 } from './digest.js';
import { readRegularFile } from './regularFile.js';

const SEQUENCE = /^\d{6}\.json$/;
const APPROVAL = /^[0-9a-f]{64}\.approval\.json$/;

/**
 * The registry's folder: a model a folder, named by digest, with what is said of it; requests with their approvals;
 * the numbered deployments; and the policies with the root's signature over them. Nothing in it is trusted for being
 * there: readers verify what they read.
 */
export class RegistryFiles {
  readonly folder: string;
  readonly #bucket: Bucket | undefined;

  /** @param bucket of which the folder is a copy: what is written goes there first */
  constructor(folder: string, bucket?: Bucket) {
    this.folder = folder;
    this.#bucket = bucket;
  }

  /** Text of a policy file. @throws {GovernanceError} not_found */
  readPolicy(name: string): string {
    return this.#readText(join('trust', name));
  }

  readTrust(): Envelope {
    return this.#readEnvelope(join('trust', 'trust.dsse.json'));
  }

  /** Puts policies and the root's signature in force; the caller has verified them. */
  async writeTrust(trust: Envelope, read: (name: string) => string): Promise<void> {
    const policies = Object.values(POLICY_FILES).map((name) => [join('trust', name), read(name)] as const);
    await this.#write([...policies, [join('trust', 'trust.dsse.json'), json(trust)]]);
  }

  /** A statement of a model: its envelope, and the SHA-256 of the file. */
  readStatement(
    modelSha256: string,
    name: string,
  ): { readonly envelope: Envelope; readonly sha256: string } | undefined {
    const path = join(modelSha256, `${name}.dsse.json`);
    if (!existsSync(join(this.folder, path))) return undefined;
    return { envelope: this.#readEnvelope(path), sha256: sha256(this.#readText(path)) };
  }

  /** @returns the SHA-256 of the file */
  async writeStatement(modelSha256: string, name: string, envelope: Envelope): Promise<string> {
    const text = json(envelope);
    await this.#write([[join(modelSha256, `${name}.dsse.json`), text]]);
    return sha256(text);
  }

  /** A file beside a model, such as gate.json. */
  readBeside(modelSha256: string, name: string): string | undefined {
    const path = join(modelSha256, name);
    return existsSync(join(this.folder, path)) ? this.#readText(path) : undefined;
  }

  async writeBeside(modelSha256: string, name: string, text: string): Promise<void> {
    await this.#write([[join(modelSha256, name), text]]);
  }

  /** Brings a model that was stored in the folder, with what is beside it, to the bucket if there is one. */
  async publishModel(modelSha256: string): Promise<void> {
    await this.#bucket?.add(filesOf(this.folder, modelSha256));
  }

  /** The request of a digest with the approvals that were submitted for it. @throws {GovernanceError} not_found */
  readRequest(digest: string): { readonly request: Envelope; readonly approvals: readonly Envelope[] } {
    const folder = join('requests', digest);
    const names = existsSync(join(this.folder, folder)) ? readdirSync(join(this.folder, folder)).sort() : [];
    return {
      request: this.#readEnvelope(join(folder, 'request.dsse.json')),
      approvals: names
        .filter((name) => APPROVAL.test(name))
        .map((name) => this.#readEnvelope(join(folder, name))),
    };
  }

  listRequests(): readonly string[] {
    const folder = join(this.folder, 'requests');
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  async writeRequest(digest: string, request: Envelope): Promise<void> {
    await this.#write([[join('requests', digest, 'request.dsse.json'), json(request)]]);
  }

  async writeApproval(digest: string, approval: Envelope): Promise<void> {
    const [signature] = approval.signatures;
    if (signature === undefined) throw new TypeError('an approval without a signature');
    await this.#write([[join('requests', digest, `${signature.keyid}.approval.json`), json(approval)]]);
  }

  /** All deployments in order of their number. */
  readDeployments(): readonly DeploymentRecord[] {
    const folder = join(this.folder, 'deployments');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => SEQUENCE.test(name))
      .sort()
      .map((name) =>
        parseJson(`deployments/${name}`, this.#readText(join('deployments', name)), recordSchema),
      );
  }

  /** Adds a deployment. Of two that are added at once under one number, the second is refused. */
  async addDeployment(sequence: number, record: DeploymentRecord): Promise<void> {
    const name = join('deployments', `${String(sequence).padStart(6, '0')}.json`);
    if (this.#bucket !== undefined) {
      await this.#bucket.add(new Map([[name, Buffer.from(json(record))]]), { fresh: true });
      return;
    }
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.new`;
    writeFileSync(temporary, json(record));
    try {
      linkSync(temporary, path); // unlike a rename, it fails where the name is taken
    } catch (cause) {
      throw new GovernanceError(
        'refused',
        `deployment ${sequence} is there already`,
        'Somebody deployed meanwhile: look with "ot-anomaly model list" and ask anew.',
        { cause },
      );
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  #readEnvelope(path: string): Envelope {
    return parseJson(path, this.#readText(path), envelopeSchema);
  }

  #readText(path: string): string {
    try {
      return readRegularFile(join(this.folder, path)).toString('utf8');
    } catch (cause) {
      throw new GovernanceError(
        'not_found',
        `${join(this.folder, path)} can't be read`,
        'Check --models, and that the trust, request or model was put there ("ot-anomaly trust install", "approval submit").',
        { cause },
      );
    }
  }

  async #write(files: readonly (readonly [path: string, text: string])[]): Promise<void> {
    if (this.#bucket !== undefined) {
      await this.#bucket.add(new Map(files.map(([path, text]) => [path, Buffer.from(text)])));
      return;
    }
    for (const [path, text] of files) {
      const full = join(this.folder, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
  }
}

/** What is only ever added to. */
type Bucket = Pick<BucketMirror, 'add'>;

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
