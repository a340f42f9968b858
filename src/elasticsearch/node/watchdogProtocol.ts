/** What is told to the watchdog, one JSON object a line on its standard input; the end of the input means: stop. */
export type Order =
  /** Remove this folder, if it is there, when all is over. */
  { readonly kind: 'guard'; readonly folder: string } | { readonly kind: 'run'; readonly run: RunOrder };

export interface RunOrder {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** File that takes the node's standard output and error. */
  readonly consoleLog: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Milliseconds between asking the node to end and killing it. */
  readonly graceMs: number;
}

/** What the watchdog tells on its standard output, one JSON object a line. */
export type Report =
  /** `pid` is the leader of the node's process group. */
  | { readonly kind: 'running'; readonly pid: number }
  /** The node ended by itself, or did not start. */
  | { readonly kind: 'ended'; readonly reason: string };
