import type { OnProgress } from './progress.js';

/** Where progress goes: one line that is rewritten on a terminal, a plain line each elsewhere. */
export interface ProgressOutput {
  readonly onProgress: OnProgress;
  /** Leaves the last line standing. */
  end(): void;
}

/** Progress for a stream, usually standard error: results go to standard output. */
export function progressTo(stream: NodeJS.WriteStream): ProgressOutput {
  let open = false;
  return {
    onProgress: (line) => {
      if (!stream.isTTY) stream.write(`${line}\n`);
      else stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, stream.columns - 1))}`);
      open = stream.isTTY;
    },
    end: () => {
      if (open) stream.write('\n');
      open = false;
    },
  };
}
