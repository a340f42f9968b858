// Verifies an unpacked bundle with what Node itself has: node verify.mjs <folder> <public key, base64 SPKI>.
// Prints the version; exit code 1 and the reason where anything is not as it was signed.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAYLOAD_TYPE = 'application/vnd.ot-anomaly.bundle+json';
const ENVELOPE = 'manifest.dsse.json';
const [folder, publicKey] = process.argv.slice(2);

function refuse(why) {
  process.stderr.write(`refused: ${why}\n`);
  process.exit(1);
}

const envelope = JSON.parse(readFileSync(join(folder, ENVELOPE), 'utf8'));
if (envelope.payloadType !== PAYLOAD_TYPE) refuse(`${ENVELOPE} is of type ${envelope.payloadType}`);
const payload = Buffer.from(envelope.payload, 'base64');
// DSSE's pre-authentication encoding: "DSSEv1 <length> <type> <length> <body>"
const head = `DSSEv1 ${Buffer.byteLength(PAYLOAD_TYPE)} ${PAYLOAD_TYPE} ${payload.byteLength} `;
const signed = Buffer.concat([Buffer.from(head), payload]);
const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
if (key.asymmetricKeyType !== 'ed25519') refuse('the public key is not an Ed25519 key');
if (!envelope.signatures.some(({ sig }) => verify(null, signed, key, Buffer.from(sig, 'base64'))))
  refuse('no signature of the given key verifies');

const { version, files } = JSON.parse(payload);
for (const { file, sha256 } of files) {
  if (!/^[\w.-]+$/.test(file)) refuse(`${file}: no name of a file`);
  const found = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex');
  if (found !== sha256) refuse(`${file}: its SHA-256 is ${found}, signed was ${sha256}`);
}
const listed = new Set([ENVELOPE, ...files.map(({ file }) => file)]);
const more = readdirSync(folder).filter((file) => !listed.has(file));
if (more.length > 0) refuse(`not in the manifest: ${more.join(', ')}`);
if (!/^[\w.+-]+$/.test(version)) refuse('the version is none');
process.stdout.write(`${version}\n`);
