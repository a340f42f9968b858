/**
 * A signal that aborts at the first Ctrl-C or SIGTERM, so that work ends in order; the second Ctrl-C ends the
 * process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return controller.signal;
}
