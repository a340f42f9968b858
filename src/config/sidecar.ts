import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { ConfigError, type ConfigProblem } from './configError.js';
import { isLoopback, isSafeUrl } from './llm.js';
import { readSettings } from './readSettings.js';
import { whole } from './whole.js';

/** How the decision server listens and what it is allowed to do. */
export interface SidecarSettings {
  readonly host: string;
  readonly port: number;
  /** undefined: plain HTTP, on loopback or behind the proxies below */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** addresses or networks of proxies that end TLS and whose X-Forwarded-* are believed; none: nobody's */
  readonly proxies: readonly string[];
  /** as browsers see the server, for links that leave it; undefined: its own address */
  readonly publicUrl: string | undefined;
  /** a session that is not used ends */
  readonly idleMinutes: number;
  /** and none lasts longer */
  readonly sessionHours: number;
  /** what a change ticket of the site looks like */
  readonly ticketPattern: RegExp;
  /** from when an undecided critical alert is overdue */
  readonly overdueMinutes: number;
  /** share of visits to the queue that offer an alert to be judged again, blind; 0: none ever */
  readonly blindCheckShare: number;
  /** secrets that inbound webhooks may be signed with; none: the webhook is off */
  readonly soarSecrets: readonly string[];
  readonly notify: { readonly url: string; readonly secret: string } | undefined;
}

const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;
const secret = z
  .string()
  .regex(SECRET, 'expected whsec_ and at least 24 bytes of base64, as Standard Webhooks has them');

/** What may be set of the decision server; docs/operations.md lists it. */
export const SIDECAR_VARIABLES = z.object({
  OT_ANOMALY_SIDECAR_HOST: z.string().default('127.0.0.1'),
  OT_ANOMALY_SIDECAR_PORT: whole(0, 65_535, 8686),
  OT_ANOMALY_SIDECAR_TLS_CERT: z.string().optional(),
  OT_ANOMALY_SIDECAR_TLS_KEY: z.string().optional(),
  OT_ANOMALY_SIDECAR_PROXIES: list(
    (item) => isIP(item.split('/')[0] ?? '') !== 0,
    'expected addresses or networks, such as 10.0.0.5,10.1.0.0/24',
  ),
  OT_ANOMALY_SIDECAR_URL: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), 'expected an address')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  OT_ANOMALY_SIDECAR_IDLE_MINUTES: whole(1, 720, 60),
  OT_ANOMALY_SIDECAR_SESSION_HOURS: whole(1, 24, 12),
  OT_ANOMALY_SIDECAR_TICKET: z
    .string()
    .refine(isPattern, 'expected a regular expression')
    .default('[A-Za-z][A-Za-z0-9._/#-]*[0-9][A-Za-z0-9._/#-]*'),
  OT_ANOMALY_SIDECAR_OVERDUE_MINUTES: whole(1, 1_440, 30),
  OT_ANOMALY_SIDECAR_BLIND_CHECKS: z.coerce
    .number({ error: 'expected a share from 0 to 0.5' })
    .min(0)
    .max(0.5)
    .default(0),
  OT_ANOMALY_SOAR_SECRETS: list((item) => SECRET.test(item), 'expected whsec_… secrets, parted by commas'),
  OT_ANOMALY_NOTIFY_URL: z
    .string()
    .refine(isSafeUrl, 'expected an https:// address, or http:// on loopback, without user name or password')
    .optional(),
  OT_ANOMALY_NOTIFY_SECRET: secret.optional(),
});

const SECRETS = ['OT_ANOMALY_SOAR_SECRETS', 'OT_ANOMALY_NOTIFY_SECRET'];

/**
 * Reads OT_ANOMALY_SIDECAR_*, OT_ANOMALY_SOAR_SECRETS and OT_ANOMALY_NOTIFY_*; an empty variable counts as unset. The
 * secrets may stand in files, which OT_ANOMALY_SOAR_SECRETS_FILE and OT_ANOMALY_NOTIFY_SECRET_FILE name.
 *
 * @throws {ConfigError} naming every problem, every unknown variable, and listening beyond loopback in the clear
 */
export function sidecarSettings(given: Readonly<Record<string, string | undefined>>): SidecarSettings {
  const { data, problems } = readSettings(given, SIDECAR_VARIABLES, {
    secrets: SECRETS,
    ours: /^OT_ANOMALY_(SIDECAR|SOAR|NOTIFY)_/,
  });
  if (data !== undefined) problems.push(...contradictions(data));
  if (data === undefined || problems.length > 0)
    throw new ConfigError(problems, 'Set the variables named above; docs/sidecar.md lists them all.');
  const { OT_ANOMALY_NOTIFY_URL: url, OT_ANOMALY_NOTIFY_SECRET: notifySecret } = data;
  return Object.freeze({
    host: data.OT_ANOMALY_SIDECAR_HOST,
    port: data.OT_ANOMALY_SIDECAR_PORT,
    tls: tlsOf(data.OT_ANOMALY_SIDECAR_TLS_CERT, data.OT_ANOMALY_SIDECAR_TLS_KEY),
    proxies: data.OT_ANOMALY_SIDECAR_PROXIES,
    publicUrl: data.OT_ANOMALY_SIDECAR_URL,
    idleMinutes: data.OT_ANOMALY_SIDECAR_IDLE_MINUTES,
    sessionHours: data.OT_ANOMALY_SIDECAR_SESSION_HOURS,
    ticketPattern: new RegExp(`^(?:${data.OT_ANOMALY_SIDECAR_TICKET})$`),
    overdueMinutes: data.OT_ANOMALY_SIDECAR_OVERDUE_MINUTES,
    blindCheckShare: data.OT_ANOMALY_SIDECAR_BLIND_CHECKS,
    soarSecrets: data.OT_ANOMALY_SOAR_SECRETS,
    notify: url === undefined || notifySecret === undefined ? undefined : { url, secret: notifySecret },
  });
}

function contradictions(data: z.infer<typeof SIDECAR_VARIABLES>): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { OT_ANOMALY_SIDECAR_TLS_CERT: cert, OT_ANOMALY_SIDECAR_TLS_KEY: key } = data;
  if ((cert === undefined) !== (key === undefined))
    problems.push({
      name: cert === undefined ? 'OT_ANOMALY_SIDECAR_TLS_CERT' : 'OT_ANOMALY_SIDECAR_TLS_KEY',
      problem: 'is not set, but the other half of the certificate is',
    });
  const open = !isLoopback(data.OT_ANOMALY_SIDECAR_HOST);
  if (open && cert === undefined && data.OT_ANOMALY_SIDECAR_PROXIES.length === 0)
    problems.push({
      name: 'OT_ANOMALY_SIDECAR_HOST',
      problem:
        'passwords would cross the network in the clear: beyond loopback it needs OT_ANOMALY_SIDECAR_TLS_CERT and _TLS_KEY, or OT_ANOMALY_SIDECAR_PROXIES naming the proxy that ends TLS',
    });
  if ((data.OT_ANOMALY_NOTIFY_URL === undefined) !== (data.OT_ANOMALY_NOTIFY_SECRET === undefined))
    problems.push({
      name: data.OT_ANOMALY_NOTIFY_URL === undefined ? 'OT_ANOMALY_NOTIFY_URL' : 'OT_ANOMALY_NOTIFY_SECRET',
      problem: 'is not set, but the other half is: notifications are signed',
    });
  return problems;
}

function tlsOf(cert: string | undefined, key: string | undefined): SidecarSettings['tls'] {
  if (cert === undefined || key === undefined) return undefined;
  return {
    cert: readPem('OT_ANOMALY_SIDECAR_TLS_CERT', cert),
    key: readPem('OT_ANOMALY_SIDECAR_TLS_KEY', key),
  };
}

function readPem(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ConfigError(
      [{ name, problem: `${path} can't be read` }],
      'Give the path of a PEM file that this user may read.',
      { cause },
    );
  }
}

function list(isItem: (item: string) => boolean, expected: string) {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .refine((items) => items.every(isItem), expected);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
