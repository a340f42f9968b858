import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { plainProgress } from './progress.js';

/** How far reading a file has come, on stderr: a bar on a terminal, else a line every few seconds. */
export interface ByteProgress {
  /** `read` of `total` bytes of the file as it lies on the disk. */
  update(path: string, read: number, total: number): void;
  /** Takes the bar away, so that other lines can be printed; the next update draws it anew. */
  end(): void;
}

const MEGABYTE = 1e6;

export function byteProgress(): ByteProgress {
  return process.stderr.isTTY ? barProgress() : lineProgress();
}

function barProgress(): ByteProgress {
  let bar: SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update(path, read, total) {
      if (bar === undefined) {
        bar = new SingleBar({
          format: '{file} {bar} {percentage} % of {size} MB, {eta_formatted} left',
          stream: process.stderr,
          clearOnComplete: true,
          stopOnComplete: false,
          etaBuffer: 50,
        });
        bar.start(total, 0, { file: basename(path), size: (total / MEGABYTE).toFixed(1) });
      }
      bar.update(Math.min(read, total));
    },
    end,
  };
}

function lineProgress(): ByteProgress {
  const progress = plainProgress();
  return {
    update: (path, read, total) =>
      progress.update(
        `${basename(path)}: ${(read / MEGABYTE).toFixed(1)} of ${(total / MEGABYTE).toFixed(1)} MB read`,
      ),
    end: () => progress.end(),
  };
}
