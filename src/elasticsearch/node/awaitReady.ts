import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { consoleTail } from './consoleTail.js';
import { portInUse } from './freePort.js';
import { NodeError } from './nodeError.js';
import { type OnProgress, PROGRESS_EVERY_MS, stopwatch } from './progress.js';

/** Longest wait: 25 s were measured on two idle cores, so this is for machines that are slow and busy. */
const READY_WITHIN_MS = 240_000;
/** With a kept data folder, every sign-in is refused until the index of users is recovered. */
const SIGN_IN_WITHIN_MS = 30_000;
const POLL_MS = 100;

export interface ReadyInput {
  readonly logs: string;
  readonly consoleLog: string;
  /** The port that was asked for, 0 for any. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Why the node ended, if it does. */
  readonly ended: Promise<string>;
  readonly onProgress: OnProgress;
}

/**
 * Waits until the node has published its port and answers its user, and returns its address.
 *
 * @throws NodeError start_failed, port_in_use, password_refused
 */
export async function awaitReady(input: ReadyInput): Promise<string> {
  let endedBecause: string | undefined;
  void input.ended.then((reason) => {
    endedBecause = reason;
  });
  const elapsed = stopwatch();
  const start = performance.now();
  let progressAt = start + PROGRESS_EVERY_MS;
  let refusedSince: number | undefined;
  for (let now = start; now < start + READY_WITHIN_MS; now = performance.now()) {
    if (endedBecause !== undefined) throw failed(`ended (${endedBecause})`, input);
    const url = publishedUrl(input.logs);
    if (url !== undefined) {
      const status = await healthStatus(url, input);
      if (status === 200) return url;
      refusedSince = status === 401 ? (refusedSince ?? now) : undefined;
      if (refusedSince !== undefined && now - refusedSince > SIGN_IN_WITHIN_MS) throw refused(url);
    }
    if (now >= progressAt) {
      input.onProgress(`Elasticsearch is starting: ${elapsed()}`);
      progressAt += PROGRESS_EVERY_MS;
    }
    await sleep(POLL_MS);
  }
  throw failed(`did not answer within ${READY_WITHIN_MS / 1000} s`, input);
}

/** From logs/http.ports (setting node.portsfile), which holds one `address:port` a line. */
function publishedUrl(logs: string): string | undefined {
  try {
    const address = /^127\.0\.0\.1:\d+$/m.exec(readFileSync(join(logs, 'http.ports'), 'utf8'))?.[0];
    return address && `http://${address}`;
  } catch {
    return undefined;
  }
}

/** The answer's status: 200 when the user is known, all data is there and no start-up work is waiting; 0 for none. */
async function healthStatus(url: string, { username, password }: ReadyInput): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  try {
    const response = await fetch(
      `${url}/_cluster/health?wait_for_status=yellow&wait_for_events=languid&timeout=10s`,
      { headers: { authorization } },
    );
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function refused(url: string): NodeError {
  return new NodeError(
    'password_refused',
    `The node at ${url} refuses the password that it was started with, because its data folder holds another one.`,
    'Use another data folder, or one in which the password of user elastic was never changed.',
  );
}

function failed(what: string, { consoleLog, port }: ReadyInput): NodeError {
  const log = consoleTail(consoleLog);
  if (/BindHttpException|Address already in use/.test(log)) return portInUse(port);
  return new NodeError(
    'start_failed',
    `Elasticsearch ${what}. The end of its log:\n${log}`,
    'What it says above is the reason; too little memory and a locked data folder are the usual ones.',
  );
}
