import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { packagePath } from '../../src/config/packageRoot.js';
import { cacheFolder, makeCacheFolder } from '../../src/elasticsearch/node/cacheFolder.js';
import { findJava } from '../../src/elasticsearch/node/findJava.js';

/** Set in CI: there a server that can't be had is a failure, not a skip. */
const REQUIRED = 'OT_ANOMALY_REQUIRE_S3';
const DISTRIBUTION = 's3proxy-3.3.0';
const READY_WITHIN_MS = 60_000;
const OWN = packagePath('test/bucket/s3proxy');

/** An S3 server of this test's own, with one bucket. */
export interface S3Server {
  readonly bucket: string;
  /** what a process needs to reach it, and nothing else */
  readonly env: Readonly<Record<string, string>>;
  /** signed in, to lay hands on objects */
  readonly client: S3Client;
  /** ends it; what it holds stays */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** S3Proxy on files of a folder of its own. @returns why there is none, where it can't be had */
export async function s3Server(): Promise<S3Server | string> {
  let jars: string;
  try {
    jars = await jarsOf(join(cacheFolder(process.env), DISTRIBUTION));
  } catch (error) {
    if (process.env[REQUIRED] === '1') throw error;
    return `S3Proxy could not be downloaded with Maven: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
  const folder = mkdtempSync(join(tmpdir(), 's3-server-'));
  const [port, secret] = [await freePort(), randomBytes(16).toString('hex')];
  const endpoint = `http://127.0.0.1:${port}`;
  const bucket = 'models';
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'plant',
    AWS_SECRET_ACCESS_KEY: secret,
  };
  mkdirSync(join(folder, 'data'));
  writeFileSync(
    join(folder, 's3proxy.conf'),
    [
      `s3proxy.endpoint=${endpoint}`,
      's3proxy.authorization=aws-v4',
      's3proxy.identity=plant',
      `s3proxy.credential=${secret}`,
      'jclouds.provider=filesystem-nio2',
      `jclouds.filesystem.basedir=${join(folder, 'data')}`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'plant', secretAccessKey: secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  let child: ChildProcess | undefined;
  const server: S3Server = {
    bucket,
    env,
    client,
    start: async () => {
      child = await startJava(jars, folder, endpoint);
    },
    stop: async () => {
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await ended;
    },
  };
  await server.start();
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return server;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function jarsOf(folder: string): Promise<string> {
  if (existsSync(folder)) return folder;
  makeCacheFolder(cacheFolder(process.env));
  const unfinished = `${folder}.${process.pid}`;
  const args = ['-B', '-q', '-C', '-f', join(OWN, 'pom.xml'), 'dependency:copy-dependencies'];
  await promisify(execFile)('mvn', [...args, `-DoutputDirectory=${unfinished}`, '-DincludeScope=runtime']);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // somebody else's is as good
  }
  return folder;
}

async function startJava(jars: string, folder: string, endpoint: string): Promise<ChildProcess> {
  const { home } = findJava({ env: process.env });
  const options = [
    '-XX:TieredStopAtLevel=1',
    '-Xmx128m',
    `-Dlogback.configurationFile=${join(OWN, 'logback.xml')}`,
  ];
  const args = [...options, '-cp', join(jars, '*'), 'org.gaul.s3proxy.Main', '--properties', 's3proxy.conf'];
  const child = spawn(join(home, 'bin', 'java'), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for (const start = performance.now(); performance.now() < start + READY_WITHIN_MS; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`S3Proxy ended: ${said.slice(0, 2_000)}`);
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return child;
  }
  child.kill('SIGKILL');
  throw new Error(`S3Proxy did not answer within ${READY_WITHIN_MS / 1000} s: ${said.slice(0, 2_000)}`);
}
