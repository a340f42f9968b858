/** A signal with a time limit; `clear` once nothing waits for it any more. */
export interface Deadline {
  readonly signal: AbortSignal;
  clear(): void;
}

/**
 * A signal that aborts after `ms` milliseconds or with `outer`, whichever comes first.
 *
 * Not `AbortSignal.any([AbortSignal.timeout(ms), outer])`: Node 20 lets the garbage collector take the timeout, which
 * nothing else refers to, and the signal never aborts (20 of 20 in a measurement with a collection in between).
 */
export function deadline(ms: number, outer: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => end(new DOMException(`not within ${ms} ms`, 'TimeoutError')), ms);
  const passOn = (): void => end(outer.reason);
  const clear = (): void => {
    clearTimeout(timer);
    outer.removeEventListener('abort', passOn);
  };
  function end(reason: unknown): void {
    clear();
    controller.abort(reason);
  }
  if (outer.aborted) passOn();
  else outer.addEventListener('abort', passOn, { once: true });
  return { signal: controller.signal, clear };
}
