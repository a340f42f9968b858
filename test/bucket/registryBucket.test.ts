import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/packageRoot.js';
import { BucketMirror } from '../../src/registry/bucket/bucketMirror.js';
import { entryName } from '../../src/registry/bucket/entry.js';
import { s3Store } from '../../src/registry/bucket/s3Store.js';
import { Pinned } from '../../src/registry/pinned.js';
import { RegistryFiles } from '../../src/registry/registryFiles.js';
import { loadModel, storeModel } from '../../src/registry/store.js';
import { ended } from '../fixtures/ended.js';
import { newPeople, type People, rootOf, trustOf } from '../fixtures/people.js';
import { record } from '../fixtures/records.js';
import { DAY, FROM, trainOn } from '../fixtures/smallModel.js';
import { type S3Server, s3Server } from './s3Server.js';

/** The built program on two hosts with one registry in a bucket of a real S3 server, which checks signatures. */
const started = await s3Server();
if (typeof started === 'string') process.stderr.write(`SKIPPED, the registry in a bucket: ${started}\n`);

let server: S3Server;
let folder: string;
let people: People;

beforeAll(async () => {
  if (typeof started === 'string') return;
  server = started;
  folder = mkdtempSync(join(tmpdir(), 'registry-bucket-'));
  people = newPeople();
  const root = await rootOf(people);
  for (const host of ['one', 'two', 'three']) new Pinned(join(folder, host, 'pinned')).pin(root, new Date());
  for (const name of ['ai_governance_policy.yaml', 'retraining_policy.yaml', 'approvers.yaml'])
    writeFileSync(join(folder, name), people.file(name));
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(await trustOf(people)));
}, 240_000);
afterAll(async () => {
  if (typeof started === 'string') return;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `ot-anomaly` on a host, with a cache and pinned root of its own. */
function run(host: string, line: string, more: Readonly<Record<string, string>> = {}) {
  const env = {
    PATH: process.env['PATH'],
    OT_ANOMALY_MODELS: `s3://${server.bucket}/site-1`,
    OT_ANOMALY_TRUST_FOLDER: join(folder, host, 'pinned'),
    OT_ANOMALY_REGISTRY_CACHE: join(folder, host, 'cache'),
    OT_ANOMALY_POLICIES: folder,
    ...server.env,
    ...more,
  };
  const child = spawn(process.execPath, [packagePath('dist/cli.js'), ...line.split(' ')], {
    env,
    cwd: folder,
  });
  return ended(child);
}

const keys = async () => {
  const { Contents = [] } = await server.client.send(new ListObjectsV2Command({ Bucket: server.bucket }));
  return Contents.map(({ Key = '' }) => Key);
};
const get = async (Key: string) => {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket: server.bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
const put = (Key: string, Body: Uint8Array | string) =>
  server.client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body }));
const remove = (Key: string) => server.client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key }));

describe.skipIf(typeof started === 'string')('a registry in an S3 bucket', () => {
  it('puts signed policies in force on one host, and the other verifies them', async () => {
    const early = await run('two', 'trust show');
    expect(early, early.stderr).toMatchObject({ code: 1, stderr: expect.stringMatching(/can't be read/) });
    const installed = await run('one', 'trust install trust.json');
    expect(installed, installed.stderr).toMatchObject({ code: 0, stderr: '' });
    const shown = await run('two', 'trust show');
    expect(shown, shown.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/lena: ot-security-lead/),
    });
    expect(shown.stderr).toBe('');
    const listed = await keys();
    expect(listed.filter((key) => key.startsWith('site-1/log/'))).toEqual([`site-1/log/${entryName(1)}`]);
    expect(listed.filter((key) => key.startsWith('site-1/objects/'))).toHaveLength(4);
  });

  it('says what is wrong with the address, the bucket and the keys, and what to do', async () => {
    const wrong = async (models: string, more = {}) => {
      const { code, stderr } = await run('elsewhere', `trust show --models ${models}`, more);
      expect(code).toBe(1);
      return stderr;
    };
    const own = `s3://${server.bucket}/site-1`;
    expect(await wrong('s3://UPPER')).toMatch(/expected s3:\/\/bucket/);
    expect(await wrong('s3://no-such-bucket')).toMatch(/NoSuchBucket\nCheck the name after s3:/);
    expect(await wrong(own, { AWS_ACCESS_KEY_ID: 'nobody' })).toMatch(/403|InvalidAccessKeyId|AccessDenied/);
    expect(await wrong(own, { AWS_SECRET_ACCESS_KEY: 'wrong' })).toMatch(
      /SignatureDoesNotMatch\nCheck AWS_SECRET/,
    );
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', HOME: folder };
    expect(await wrong(own, none)).toMatch(/CredentialsProviderError\nSet AWS_ACCESS_KEY_ID/);
    expect(await wrong(own, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' })).toMatch(
      /no answer .*ECONNREFUSED/,
    );
  });

  it('takes keys from a file of profiles', async () => {
    const file = join(folder, 'credentials');
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...rest } = server.env;
    writeFileSync(file, `[plant]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`, {
      mode: 0o600,
    });
    const env = { ...rest, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const shown = await run('two', 'trust show', {
      ...env,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_PROFILE: 'plant',
    });
    expect(shown, shown.stderr).toMatchObject({ code: 0 });
  });

  it('is trusted no more than a folder: what was put there by hand is passed over or does not verify', async () => {
    const [object = ''] = (await keys()).filter((key) => key.startsWith('site-1/objects/'));
    const bytes = await get(object);
    await put(object, 'swapped');
    const swapped = await run('three', 'trust show');
    expect(swapped).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/its object .* is altered; passed over/),
    });
    expect(await run('two', 'trust show')).toMatchObject({ code: 0 }); // its copy is good
    await put(object, bytes);
    const rubbish = `site-1/log/${entryName(2)}`;
    await put(rubbish, JSON.stringify({ version: 1, files: { '../../x': {} } }));
    const passed = await run('three', 'trust show');
    expect(passed, passed.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/entry 2 of the log is none that was written after 1; passed over/),
    });
    const first = `site-1/log/${entryName(1)}`;
    const entry = await get(first);
    await put(first, 'rewritten');
    await remove(rubbish);
    const rewritten = await run('two', 'trust show');
    expect(rewritten.stderr === '' ? rewritten : rewritten.stderr).toMatch(
      /entry 1 of the log was rewritten/,
    );
    await put(first, entry);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('holds models whole, and gives a deployment’s number to one host', async () => {
    Object.assign(process.env, server.env);
    const host = (name: string) => {
      const mirror = new BucketMirror(s3Store(server.bucket, server.env), 'site-2/', join(folder, name));
      return { mirror, files: new RegistryFiles(mirror.folder, mirror) };
    };
    const [trainer, scorer] = [host('trainer'), host('scorer')];
    const model = await trainOn(Array.from({ length: 31 }, (_, day) => record({ ts: FROM + day * DAY })));
    const { sha256 } = storeModel(trainer.files.folder, model, () => ({ 'training-review.md': 'seen' }));
    await trainer.files.publishModel(sha256);
    await trainer.files.writeBeside(sha256, 'gate.json', '{}');
    expect(await scorer.mirror.pull()).toEqual([]);
    expect(loadModel(scorer.files.folder, sha256).sha256).toBe(sha256);
    expect(scorer.files.readBeside(sha256, 'gate.json')).toBe('{}');
    const statement = await rootOf(people);
    const added = await Promise.allSettled(
      [trainer, scorer].map(({ files }) => files.addDeployment(1, { kind: 'rollback', statement })),
    );
    expect(added.map(({ status }) => status)).toContain('fulfilled');
    const other = await trustOf(people);
    await expect(scorer.files.addDeployment(1, { kind: 'rollback', statement: other })).rejects.toMatchObject(
      {
        code: 'refused',
      },
    );
    await trainer.mirror.pull();
    expect(trainer.files.readDeployments()).toEqual([{ kind: 'rollback', statement }]);
    for (const { mirror } of [trainer, scorer]) mirror.close();
  });

  it('goes on with what was read last while the bucket is away, changes nothing, and takes up again', async () => {
    await server.stop();
    const away = await run('two', 'trust show');
    expect(away, away.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/lena: ot-security-lead/),
    });
    expect(away.stderr).toMatch(/no answer .*What this host read last goes on/);
    const installing = await run('two', 'trust install trust.json');
    expect(installing).toMatchObject({ code: 1, stderr: expect.stringMatching(/no answer/) });
    await server.start();
    expect(await run('two', 'trust show')).toMatchObject({ code: 0, stderr: '' });
  });
});
