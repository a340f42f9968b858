const LINE_EVERY_MS = 5_000;
const REDRAW_EVERY_MS = 200;

/** Progress on stderr: redrawn in place on a terminal, else a line every few seconds. */
export interface Progress {
  update(text: string): void;
  end(): void;
}

export function plainProgress(): Progress {
  const tty = process.stderr.isTTY;
  const every = tty ? REDRAW_EVERY_MS : LINE_EVERY_MS;
  let at = performance.now();
  let drawn = false;
  return {
    update(text) {
      const now = performance.now();
      if (now - at < every) return;
      at = now;
      drawn = true;
      process.stderr.write(tty ? `\r\x1b[K${text}` : `${text}\n`);
    },
    end() {
      if (tty && drawn) process.stderr.write('\r\x1b[K');
      drawn = false;
    },
  };
}

/** The stages of training, each with its own count. */
export function stageProgress(): {
  readonly update: (stage: string, done: number, total: number | undefined) => void;
  readonly end: () => void;
} {
  const progress = plainProgress();
  return {
    update: (stage, done, total) =>
      progress.update(total === undefined ? `${stage}: ${done}` : `${stage}: ${done} of ${total}`),
    end: () => progress.end(),
  };
}
