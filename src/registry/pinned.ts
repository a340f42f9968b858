import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Accepted, Deployment } from '../governance/deployment/verifyDeployments.js';
import { GovernanceError } from '../governance/governanceError.js';
import { parseJson } from '../governance/parseDocument.js';
import { type Envelope, envelopeSchema } from '../governance/signing/dsse.js';
import { type Root, readRoot, rootProblems, rotationProblems } from '../governance/trust/root.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const stateSchema = z.strictObject({
  trust_version: z.number().int().nonnegative(),
  deployments: z.array(
    z.strictObject({
      sequence: z.number().int().min(1),
      sha256: digest,
      at: z.iso.datetime(),
      modelSha256: digest,
      alertLine: z.number(),
      structureOnly: z.boolean(),
    }),
  ),
});
type State = z.infer<typeof stateSchema>;

/** `OT_ANOMALY_TRUST_FOLDER`, else a folder in the user's configuration: never inside the registry. */
export function pinnedFolder(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['OT_ANOMALY_TRUST_FOLDER'];
  if (named !== undefined && named !== '') return named;
  const base = env['XDG_CONFIG_HOME'];
  const config = base !== undefined && base !== '' ? base : join(homedir(), '.config');
  return join(config, 'ot-anomaly', 'trust');
}

/**
 * What this host holds outside the registry: the root that it trusts, and what it has accepted so far, so that
 * nothing older is accepted again.
 */
export class Pinned {
  readonly #folder: string;
  readonly #isView: boolean;

  /** @param isView for a page that shows what is in force: it notes nothing as accepted, and needs no right to write */
  constructor(folder: string, { isView = false } = {}) {
    this.#folder = folder;
    this.#isView = isView;
  }

  /** Whether anything is governed on this host. */
  get hasRoot(): boolean {
    return existsSync(this.#path('root.dsse.json'));
  }

  /** @throws {GovernanceError} untrusted if no root was pinned, or it doesn't bear its own signatures */
  root(now: Date): Root {
    const envelope = this.#envelope();
    if (envelope === undefined) {
      throw new GovernanceError(
        'untrusted',
        `${this.#path('root.dsse.json')}: no root of trust is pinned on this host`,
        'Pin one with "ot-anomaly trust pin ROOT", after comparing its fingerprint with its holders.',
      );
    }
    const problems = rootProblems(envelope, now);
    if (problems.length > 0) throw untrusted('the pinned root', problems);
    return readRoot('root', envelope);
  }

  /** Pins a first root, or the next version that the pinned one signed. @throws {GovernanceError} untrusted */
  pin(next: Envelope, now: Date): Root {
    const before = this.#envelope();
    const problems =
      before === undefined
        ? rootProblems(next, now)
        : rotationProblems(readRoot('pinned root', before), next, now);
    if (problems.length > 0) throw untrusted('this root', problems);
    this.#write('root.dsse.json', next);
    return readRoot('root', next);
  }

  get trustVersion(): number {
    return this.#state().trust_version;
  }

  acceptTrust(version: number): void {
    const state = this.#state();
    if (!this.#isView && version > state.trust_version)
      this.#write('accepted.json', { ...state, trust_version: version });
  }

  get deployments(): readonly Accepted[] {
    return this.#state().deployments;
  }

  /** Notes deployments that verified; those known already keep the time at which they were first accepted. */
  acceptDeployments(deployments: readonly Deployment[], now: Date): void {
    const state = this.#state();
    const known = new Set(state.deployments.map(({ sequence }) => sequence));
    const fresh = deployments
      .filter(({ sequence }) => !known.has(sequence))
      .map(({ sequence, sha256, modelSha256, alertLine, structureOnly }) => {
        return { sequence, sha256, at: now.toISOString(), modelSha256, alertLine, structureOnly };
      });
    if (!this.#isView && fresh.length > 0)
      this.#write('accepted.json', { ...state, deployments: [...state.deployments, ...fresh] });
  }

  #envelope(): Envelope | undefined {
    const path = this.#path('root.dsse.json');
    return existsSync(path) ? parseJson(path, readFileSync(path, 'utf8'), envelopeSchema) : undefined;
  }

  #state(): State {
    const path = this.#path('accepted.json');
    if (!existsSync(path)) return { trust_version: 0, deployments: [] };
    return parseJson(path, readFileSync(path, 'utf8'), stateSchema);
  }

  #write(name: string, value: unknown): void {
    mkdirSync(dirname(this.#path(name)), { recursive: true, mode: 0o700 });
    const temporary = this.#path(`${name}.${process.pid}.new`);
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, this.#path(name));
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

export function untrusted(what: string, problems: readonly string[]): GovernanceError {
  return new GovernanceError(
    'untrusted',
    `${what} can't be trusted: ${problems.join('; ')}`,
    'Restore the signed files, or have the holders of the root keys sign the change ("ot-anomaly trust sign").',
  );
}
