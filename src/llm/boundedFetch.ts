/** An answer of five short fields has a few kilobytes; this many can't be one. */
const BODY_MAX_BYTES = 256 * 1024;

export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/**
 * `fetch` that gives up on a body larger than an answer may be, before it fills the memory, and goes nowhere but where it was told:
 * a redirect would hand the question to another host.
 */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'error' });
  if (response.body === null) return response;
  let bytes = 0;
  const bounded = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > BODY_MAX_BYTES) controller.error(new AnswerTooLarge(`more than ${BODY_MAX_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    }),
  );
  return new Response(bounded, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
};

/** Whether an error, or what caused it, is that a body was too large. */
export function isTooLarge(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof AnswerTooLarge) return true;
  return false;
}
