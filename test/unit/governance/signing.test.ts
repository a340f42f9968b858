import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandSigner } from '../../../src/governance/signing/commandSigner.js';
import {
  addSignature,
  preAuthEncoding,
  unsignedEnvelope,
  validKeyIds,
} from '../../../src/governance/signing/dsse.js';
import { fingerprint } from '../../../src/governance/signing/fingerprint.js';
import { newKeyFile, openKeyFile } from '../../../src/governance/signing/keyFile.js';
import { newSigner } from '../../fixtures/people.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'signing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a DSSE envelope', () => {
  it("signs the bytes of the specification's example", () => {
    // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#test-vectors
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('holds for its own payload, type and key only', async () => {
    const [signer, other] = [newSigner(), newSigner()];
    const signed = await addSignature(unsignedEnvelope('text/plain', Buffer.from('yes')), signer);
    const keys = [signer.publicKey, other.publicKey];
    expect(validKeyIds(signed, keys)).toEqual([signer.keyid]);
    expect(validKeyIds({ ...signed, payload: Buffer.from('no').toString('base64') }, keys)).toEqual([]);
    expect(validKeyIds({ ...signed, payloadType: 'text/html' }, keys)).toEqual([]);
    expect(validKeyIds(signed, [other.publicKey])).toEqual([]);
    const [first] = signed.signatures;
    const borrowed = { ...signed, signatures: [{ keyid: other.keyid, sig: first?.sig ?? '' }] };
    expect(validKeyIds(borrowed, keys)).toEqual([]);
  });

  it('counts a key once, however often it signed', async () => {
    const signer = newSigner();
    const once = await addSignature(unsignedEnvelope('text/plain', Buffer.from('yes')), signer);
    const twice = { ...once, signatures: [...once.signatures, ...once.signatures] };
    expect(validKeyIds(twice, [signer.publicKey, signer.publicKey])).toEqual([signer.keyid]);
    expect((await addSignature(once, signer)).signatures.length).toBe(1);
  });
});

describe('a key file', () => {
  it('is readable by its owner only, is never overwritten, and opens with its passphrase', async () => {
    const path = join(folder, 'own.pem');
    const publicKey = newKeyFile(path, 'correct horse');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => newKeyFile(path)).toThrow(expect.objectContaining({ code: 'invalid_key' }));
    expect(() => openKeyFile(path, 'wrong')).toThrow(expect.objectContaining({ code: 'invalid_key' }));
    expect(openKeyFile(path, 'correct horse').publicKey).toBe(publicKey);
  });

  it('is refused when others may read it, or it is another kind of key', () => {
    const path = join(folder, 'open.pem');
    newKeyFile(path);
    chmodSync(path, 0o644);
    expect(() => openKeyFile(path)).toThrow('others than its owner may read it');
    const rsa = join(folder, 'rsa.pem');
    const pem = execFileSync(process.execPath, [
      '-e',
      "process.stdout.write(require('crypto').generateKeyPairSync('ec',{namedCurve:'P-256'}).privateKey.export({type:'pkcs8',format:'pem'}))",
    ]);
    writeFileSync(rsa, pem, { mode: 0o600 });
    expect(() => openKeyFile(rsa)).toThrow('expected an Ed25519 key');
  });
});

describe('an external signer', () => {
  const program = (path: string) => [
    process.execPath,
    '-e',
    `const c=require('crypto'),f=require('fs');process.stdout.write(c.sign(null,f.readFileSync(0),f.readFileSync(${JSON.stringify(path)})).toString('base64'))`,
  ];

  it('signs through a program that holds the key', async () => {
    const path = join(folder, 'hsm.pem');
    const publicKey = newKeyFile(path);
    const signed = await addSignature(
      unsignedEnvelope('text/plain', Buffer.from('yes')),
      commandSigner(program(path), publicKey),
    );
    expect(validKeyIds(signed, [publicKey]).length).toBe(1);
  });

  it('is refused when it fails, signs with another key, or is not there', async () => {
    const { publicKey } = newSigner();
    const path = join(folder, 'other.pem');
    newKeyFile(path);
    for (const command of [program(path), [process.execPath, '-e', 'process.exit(3)'], ['/nowhere/signer']]) {
      await expect(commandSigner(command, publicKey).sign(Buffer.from('x'))).rejects.toMatchObject({
        code: 'signer_failed',
      });
    }
  });
});

it('reads a fingerprint out as five groups of four, without letters that are mistaken for others', () => {
  const digest = 'ff'.repeat(32);
  expect(fingerprint(digest)).toBe('ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ');
  expect(fingerprint(`${'0'.repeat(24)}1${'f'.repeat(39)}`)).toBe('0000-0000-0000-0000-0001');
  expect(fingerprint('0123456789abcdef'.repeat(4))).toMatch(
    /^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/,
  );
});
