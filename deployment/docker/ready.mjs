// Health check of the decision server and the triage worker in compose.yaml: what the part says of itself at /readyz.
const [port] = process.argv.slice(2);
const problem = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(10_000) }).then(
  (response) => (response.ok ? undefined : `status ${response.status}`),
  (error) => `${error.cause?.message ?? error.message}`,
);
if (problem !== undefined) process.stderr.write(`not ready: ${problem}\n`);
process.exit(problem === undefined ? 0 : 1);
