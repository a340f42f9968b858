import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, signal } from './processes.js';
import type { Order, Report, RunOrder } from './watchdogProtocol.js';

/*
 * A process between the program and the node it started. It starts the node, holds one end of a pipe to the program,
 * and when that closes (because the program asks, or ended, or was killed with -9) stops the node and removes its
 * folders. It is in a session of its own, so that Ctrl-C on a terminal reaches the program alone.
 */

/** Milliseconds between two looks whether the node's processes are gone. */
const POLL_MS = 50;
/** Milliseconds that killed processes may take to disappear. */
const KILL_WAIT_MS = 5_000;

const folders: string[] = [];
let node: ChildProcess | undefined;
let graceMs = 0;
let stopping = false;

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => obey(JSON.parse(line) as Order));
orders.on('close', () => void stop());
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => void stop());
// The program that reads the reports may be gone.
process.stdout.on('error', () => undefined);

function obey(order: Order): void {
  switch (order.kind) {
    case 'guard':
      folders.push(order.folder);
      return;
    case 'run':
      if (!stopping) run(order.run);
  }
}

function run(order: RunOrder): void {
  graceMs = order.graceMs;
  try {
    const log = openSync(order.consoleLog, 'a', 0o600);
    node = spawn(order.command, [], {
      env: order.env,
      cwd: order.cwd,
      stdio: ['ignore', log, log],
      detached: true,
      ...(order.uid !== undefined && { uid: order.uid }),
      ...(order.gid !== undefined && { gid: order.gid }),
    });
    closeSync(log);
  } catch (error) {
    report({ kind: 'ended', reason: String(error) });
    return;
  }
  node.on('error', (error) => report({ kind: 'ended', reason: error.message }));
  node.on('exit', (code, name) => report({ kind: 'ended', reason: name ?? `exit code ${code}` }));
  if (node.pid !== undefined) report({ kind: 'running', pid: node.pid });
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  try {
    if (node?.pid !== undefined) await endGroup(-node.pid);
    // Retried, because a tool that is still running may be writing into it.
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  } finally {
    process.exit(0);
  }
}

/** Asks all processes of the group to end, waits, kills what is left, waits. */
async function endGroup(group: number): Promise<void> {
  signal(group, 'SIGTERM');
  if (await gone(group, graceMs)) return;
  signal(group, 'SIGKILL');
  await gone(group, KILL_WAIT_MS);
}

async function gone(group: number, withinMs: number): Promise<boolean> {
  for (let waited = 0; isAlive(group); waited += POLL_MS) {
    if (waited >= withinMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function report(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
