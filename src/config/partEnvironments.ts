type Environment = Readonly<Record<string, string | undefined>>;

/** The parts that `ot-anomaly run` keeps up. */
export type RunPart = 'scorer' | 'sidecar' | 'triage';

/** What every part may know: where things are, and how to log. No secret is among them. */
const SHARED =
  /^(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|XDG_CONFIG_HOME|NODE_ENV|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|ES_URL|ES_CA_FILE|OT_ANOMALY_(NAMESPACE|LOG_LEVEL))$/;

interface PartSettings {
  /** which key of set-up's it signs in with */
  readonly key: string;
  /** which variables it may have beside the shared ones */
  readonly own: RegExp;
}

/** Who reads the registry may have to read it from a bucket. */
const REGISTRY = 'AWS_\\w+|OT_ANOMALY_(MODELS|TRUST_FOLDER|REGISTRY_CACHE|S3_PATH_STYLE)';

const PARTS: Readonly<Record<RunPart, PartSettings>> = {
  scorer: { key: 'scorer', own: new RegExp(`^(${REGISTRY}|OT_ANOMALY_(PROFILE|PARTITION))$`) },
  sidecar: {
    key: 'soar',
    own: new RegExp(`^(${REGISTRY}|OT_ANOMALY_(POLICIES|(SIDECAR|SOAR|NOTIFY)_\\w+))$`),
  },
  triage: { key: 'triage', own: /^(ANTHROPIC_API_KEY(_FILE)?|OT_ANOMALY_LLM(_\w+)?)$/ },
};

/**
 * The environment of one part: what it needs and nothing else, so that no part holds another's secret.
 *
 * Its key is the file that `OT_ANOMALY_RUN_<KEY>_KEY_FILE` names (SCORER, SOAR, TRIAGE), else the one that set-up wrote; the
 * keys file itself, and a credential in the supervisor's own ES_API_KEY or ES_PASSWORD, are handed to nobody.
 *
 * @param readKey see `keyReader`
 */
export function environmentOf(
  part: RunPart,
  given: Environment,
  readKey: (key: string) => string | undefined,
): Readonly<Record<string, string>> {
  const { key, own } = PARTS[part];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && (SHARED.test(name) || own.test(name))) env[name] = value;
  const file = given[`OT_ANOMALY_RUN_${key.toUpperCase()}_KEY_FILE`];
  if (file !== undefined && file !== '') return { ...env, ES_API_KEY_FILE: file };
  if (part === 'sidecar' && !needsKey(env)) return env;
  const encoded = readKey(key);
  return encoded === undefined ? env : { ...env, ES_API_KEY: encoded };
}

/** Whether there is anything that the triage worker could ask. */
export function wantsTriage(given: Environment): boolean {
  const isSet = (name: string) => (given[name] ?? '').trim() !== '';
  const names = ['ANTHROPIC_API_KEY', 'ANTHROPIC_API_KEY_FILE', 'OT_ANOMALY_LLM_URL'];
  return given['OT_ANOMALY_LLM'] !== 'off' && names.some(isSet);
}

/** The decision server signs in with what analysts type; a key of its own is for the SOAR alone. */
function needsKey(env: Readonly<Record<string, string>>): boolean {
  return Object.keys(env).some((name) => /^OT_ANOMALY_(SOAR|NOTIFY)_/.test(name));
}
