/** Takes one line for a person to read, without a line feed. */
export type OnProgress = (line: string) => void;

/** Milliseconds between two lines of progress about the same thing. */
export const PROGRESS_EVERY_MS = 2_000;

/** `312 of 947 MB, 33 %`, or `312 MB` where the whole is unknown. */
export function megabytes(bytes: number, whole?: number): string {
  const mb = Math.round(bytes / 1e6);
  if (whole === undefined) return `${mb} MB`;
  return `${mb} of ${Math.round(whole / 1e6)} MB, ${Math.floor((100 * bytes) / whole)} %`;
}

/** A stopwatch that says the seconds since it was made, as `12.3 s`. */
export function stopwatch(now: () => number = () => performance.now()): () => string {
  const start = now();
  return () => `${((now() - start) / 1000).toFixed(1)} s`;
}
