// One-shot service of compose.yaml: gives Kibana's user its password, runs `ot-anomaly setup`, and hands the scorer and
// the triage worker a keys file each that holds their own key alone. Running it again changes nothing. Arguments go to `ot-anomaly setup`.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const {
  ES_URL,
  ES_USERNAME,
  ES_PASSWORD,
  KIBANA_PASSWORD,
  OT_ANOMALY_KEYS_FILE,
  SCORER_KEYS_FILE,
  TRIAGE_KEYS_FILE,
} = needed(
  'ES_URL',
  'ES_USERNAME',
  'ES_PASSWORD',
  'KIBANA_PASSWORD',
  'OT_ANOMALY_KEYS_FILE',
  'SCORER_KEYS_FILE',
  'TRIAGE_KEYS_FILE',
);

await setKibanaPassword();
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const { status } = spawnSync(process.execPath, [cli, 'setup', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
writeKeyOf('scorer', SCORER_KEYS_FILE);
writeKeyOf('triage', TRIAGE_KEYS_FILE);

function needed(...names) {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) fail(`not set: ${missing.join(', ')}`);
  return process.env;
}

async function setKibanaPassword() {
  const authorization = `Basic ${Buffer.from(`${ES_USERNAME}:${ES_PASSWORD}`).toString('base64')}`;
  // It answers before its index of users is there: two minutes are given.
  for (let tries = 0; ; tries++) {
    const problem = await fetch(`${ES_URL}/_security/user/kibana_system/_password`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ password: KIBANA_PASSWORD }),
      signal: AbortSignal.timeout(30_000),
    }).then(
      (response) => (response.ok ? undefined : `status ${response.status}`),
      (error) => `${error.cause?.message ?? error.message}`,
    );
    if (problem === undefined) return;
    if (tries === 60 || problem === 'status 400')
      fail(`the password of kibana_system was not set: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function writeKeyOf(part, file) {
  const { version, keys } = JSON.parse(readFileSync(OT_ANOMALY_KEYS_FILE, 'utf8'));
  const temporary = `${file}.new`;
  writeFileSync(temporary, `${JSON.stringify({ version, keys: { [part]: keys[part] } })}\n`, {
    mode: 0o600,
  });
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
