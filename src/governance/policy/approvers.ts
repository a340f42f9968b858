import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from '../../registry/digest.js';

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected lower-case letters, digits, ".", "_" or "-"');
const time = z.iso.datetime({ error: 'expected a time in UTC such as "2026-01-01T00:00:00Z"' });

const publicKey = z.string().refine(isEd25519, 'expected an Ed25519 public key: base64 of its SPKI DER form');

const key = z.strictObject({
  public_key: publicKey,
  from: time,
  /** from here on nothing that this key signed is accepted for the first time */
  revoked_at: time.optional(),
});

const person = z.strictObject({
  id,
  roles: z.array(z.strictObject({ role: id, from: time, until: time.optional() })).min(1),
  keys: z.array(key).min(1),
});

/** What a program may attest; never an approval. */
export const SERVICE_PURPOSES = ['training', 'gate', 'registry'] as const;
export type ServicePurpose = (typeof SERVICE_PURPOSES)[number];

const service = z.strictObject({
  id,
  purposes: z.array(z.enum(SERVICE_PURPOSES)).min(1),
  keys: z.array(key).min(1),
});

/** Fewer than two holders of a role, and one person's absence stops everything or one person's key is enough. */
const HOLDERS_AT_LEAST = 2;

/** Who may request, approve and attest, with which keys; see policies/approvers.example.yaml. */
export const approversSchema = z.strictObject({
  approvers: z
    .strictObject({
      version: z.number().int().min(1),
      people: z.array(person).min(1),
      services: z.array(service).default([]),
    })
    .superRefine((file, context) => {
      const holders = [...file.people, ...file.services];
      for (const [name, values] of [
        ['id', holders.map((holder) => holder.id)],
        ['public key', holders.flatMap(({ keys }) => keys.map(({ public_key }) => public_key))],
      ] as const) {
        for (const value of new Set(values.filter((value, i) => values.indexOf(value) !== i)))
          context.addIssue({
            code: 'custom',
            path: ['people'],
            message: `the ${name} ${value} stands there twice`,
          });
      }
      const roles = new Map<string, Set<string>>();
      for (const { id, roles: held } of file.people)
        for (const { role } of held) roles.set(role, (roles.get(role) ?? new Set()).add(id));
      for (const [role, people] of roles)
        if (people.size < HOLDERS_AT_LEAST)
          context.addIssue({
            code: 'custom',
            path: ['people'],
            message: `expected at least ${HOLDERS_AT_LEAST} holders of ${role}, found ${people.size}`,
          });
    }),
});

export type Approvers = z.infer<typeof approversSchema>['approvers'];
export type Person = Approvers['people'][number];
export type Service = Approvers['services'][number];
export type ApproverKey = Person['keys'][number];

/** The name of a key: SHA-256 of its SPKI DER bytes, in hexadecimal. */
export function keyId(publicKeyBase64: string): string {
  return sha256(Buffer.from(publicKeyBase64, 'base64'));
}

/** The person or program whose key this is, whether or not it is revoked. */
export function holderOf<T extends Person | Service>(
  holders: readonly T[],
  keyid: string,
): { readonly holder: T; readonly key: ApproverKey } | undefined {
  for (const holder of holders)
    for (const key of holder.keys) if (keyId(key.public_key) === keyid) return { holder, key };
  return undefined;
}

/** The roles that a person holds at a time. */
export function rolesAt({ roles }: Person, at: Date): readonly string[] {
  return roles
    .filter(({ from, until }) => at >= new Date(from) && (until === undefined || at < new Date(until)))
    .map(({ role }) => role);
}

export function isKeyValidAt({ from, revoked_at }: ApproverKey, at: Date): boolean {
  return at >= new Date(from) && (revoked_at === undefined || at < new Date(revoked_at));
}

function isEd25519(base64: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), type: 'spki', format: 'der' });
    return key.asymmetricKeyType === 'ed25519' && keyBytes(key).toString('base64') === base64;
  } catch {
    return false;
  }
}

function keyBytes(key: ReturnType<typeof createPublicKey>): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}
