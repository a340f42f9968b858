import { isIP } from 'node:net';
import { z } from 'zod';
import { ConfigError } from './configError.js';
import { readSettings } from './readSettings.js';
import { whole } from './whole.js';

/** How the triage worker asks an LLM. */
export interface LlmSettings {
  readonly enabled: boolean;
  /** undefined: no answer can be had, and every annotation says so */
  readonly apiKey: string | undefined;
  /** of a server that speaks the Messages API; undefined: Anthropic's own */
  readonly baseUrl: string | undefined;
  readonly model: string;
  /** from an alert's being picked up to its annotation, waiting included */
  readonly slaMs: number;
  /** alerts that may wait; more are annotated without the LLM */
  readonly queue: number;
  readonly concurrency: number;
  readonly maxOutputTokens: number;
  readonly tokensPerDay: number;
  /** in the currency of the prices; undefined: no cap */
  readonly costPerDay: number | undefined;
  /** per million tokens */
  readonly price: { readonly input: number; readonly output: number } | undefined;
  readonly pseudonyms: boolean;
  /** makes stand-ins the same from start to start */
  readonly pseudonymKey: string | undefined;
  /** asks for structured output; off for servers that don't know it */
  readonly structured: boolean;
}

/** The longest that anybody waits for an opinion, the article's starting point. */
const SLA_MAX_SECONDS = 30;

const toggle = (usual: 'on' | 'off') =>
  z
    .enum(['on', 'off'], { error: 'expected on or off' })
    .default(usual)
    .transform((value) => value === 'on');
const amount = z.coerce.number({ error: 'expected a number above 0' }).positive().optional();

/** What may be set of the triage worker; docs/operations.md lists it. */
export const LLM_VARIABLES = z.object({
  OT_ANOMALY_LLM: toggle('on'),
  ANTHROPIC_API_KEY: z.string().optional(),
  OT_ANOMALY_LLM_URL: z
    .string()
    .refine(isSafeUrl, 'expected an https:// address, or http:// on loopback, without user name or password')
    .optional(),
  OT_ANOMALY_LLM_MODEL: z
    .string()
    .regex(/^[\w.:/@-]{1,200}$/, 'expected the name of a model')
    .default('claude-opus-4-5'),
  OT_ANOMALY_LLM_SLA_SECONDS: z.coerce
    .number({ error: `expected seconds above 0, at most ${SLA_MAX_SECONDS}` })
    .positive()
    .max(SLA_MAX_SECONDS)
    .default(SLA_MAX_SECONDS),
  OT_ANOMALY_LLM_QUEUE: whole(1, 1_000, 20),
  OT_ANOMALY_LLM_CONCURRENCY: whole(1, 32, 4),
  OT_ANOMALY_LLM_MAX_OUTPUT_TOKENS: whole(256, 8_192, 1_024),
  OT_ANOMALY_LLM_TOKENS_PER_DAY: whole(1, 1_000_000_000, 2_000_000),
  OT_ANOMALY_LLM_COST_PER_DAY: amount,
  OT_ANOMALY_LLM_PRICE_INPUT: amount,
  OT_ANOMALY_LLM_PRICE_OUTPUT: amount,
  OT_ANOMALY_LLM_PSEUDONYMS: toggle('on'),
  OT_ANOMALY_LLM_PSEUDONYM_KEY: z.string().min(16, 'expected at least 16 characters').optional(),
  OT_ANOMALY_LLM_STRUCTURED: toggle('on'),
});

const SECRETS = ['ANTHROPIC_API_KEY', 'OT_ANOMALY_LLM_PSEUDONYM_KEY'];

/**
 * Reads ANTHROPIC_API_KEY and OT_ANOMALY_LLM*; an empty variable counts as unset. ANTHROPIC_API_KEY_FILE and
 * OT_ANOMALY_LLM_PSEUDONYM_KEY_FILE may name files that hold the two secrets.
 *
 * @throws {ConfigError} naming every problem and every OT_ANOMALY_LLM variable that nobody knows
 */
export function llmSettings(given: Readonly<Record<string, string | undefined>>): LlmSettings {
  const { data: cost, problems } = readSettings(given, LLM_VARIABLES, {
    secrets: SECRETS,
    ours: /^OT_ANOMALY_LLM/,
  });
  if (
    cost?.OT_ANOMALY_LLM_COST_PER_DAY !== undefined &&
    (cost.OT_ANOMALY_LLM_PRICE_INPUT === undefined || cost.OT_ANOMALY_LLM_PRICE_OUTPUT === undefined)
  )
    problems.push({
      name: 'OT_ANOMALY_LLM_PRICE_INPUT',
      problem: 'a cap on cost needs the prices of a million input and output tokens',
    });
  if (cost === undefined || problems.length > 0)
    throw new ConfigError(problems, 'Set the variables named above; docs/sidecar.md lists them all.');
  return toSettings(cost);
}

function toSettings(data: z.infer<typeof LLM_VARIABLES>): LlmSettings {
  const { OT_ANOMALY_LLM_PRICE_INPUT: input, OT_ANOMALY_LLM_PRICE_OUTPUT: output } = data;
  return Object.freeze({
    enabled: data.OT_ANOMALY_LLM,
    // A site's own server may want no key; the SDK does.
    apiKey: data.ANTHROPIC_API_KEY ?? (data.OT_ANOMALY_LLM_URL === undefined ? undefined : 'none'),
    baseUrl: data.OT_ANOMALY_LLM_URL,
    model: data.OT_ANOMALY_LLM_MODEL,
    slaMs: data.OT_ANOMALY_LLM_SLA_SECONDS * 1000,
    queue: data.OT_ANOMALY_LLM_QUEUE,
    concurrency: data.OT_ANOMALY_LLM_CONCURRENCY,
    maxOutputTokens: data.OT_ANOMALY_LLM_MAX_OUTPUT_TOKENS,
    tokensPerDay: data.OT_ANOMALY_LLM_TOKENS_PER_DAY,
    costPerDay: data.OT_ANOMALY_LLM_COST_PER_DAY,
    price: input === undefined || output === undefined ? undefined : { input, output },
    pseudonyms: data.OT_ANOMALY_LLM_PSEUDONYMS,
    pseudonymKey: data.OT_ANOMALY_LLM_PSEUDONYM_KEY,
    structured: data.OT_ANOMALY_LLM_STRUCTURED,
  });
}

/** Whether an address keeps what is sent to it from others' eyes, and carries no credential of its own. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** Whether a host name can only mean this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
