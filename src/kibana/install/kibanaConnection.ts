import { readFileSync } from 'node:fs';
import { ConfigError, type ConfigProblem } from '../../config/configError.js';

/** Where Kibana is and how to sign in to it. */
export interface KibanaConnection {
  /** without user name, password or trailing slash; with the base path, if it has one */
  readonly url: string;
  /** the value of the header Authorization */
  readonly authorization: string;
  /** PEM of the certificate authority that signed the server's certificate */
  readonly ca?: string;
}

const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * Reads KIBANA_URL, KIBANA_API_KEY, or KIBANA_USERNAME and KIBANA_PASSWORD, and KIBANA_CA_FILE; an empty variable
 * counts as unset.
 *
 * @throws {ConfigError} naming every problem at once, never a value
 */
export function kibanaConnectionFor(env: Readonly<Record<string, string | undefined>>): KibanaConnection {
  const value = (name: string) => (env[name]?.trim() ? env[name] : undefined);
  const problems: ConfigProblem[] = [];
  const url = value('KIBANA_URL') ?? '';
  const problem = problemOfUrl(url);
  if (problem !== undefined) problems.push({ name: 'KIBANA_URL', problem });

  const [key, username, password] = ['KIBANA_API_KEY', 'KIBANA_USERNAME', 'KIBANA_PASSWORD'].map(value);
  const basic = username === undefined || password === undefined ? undefined : `${username}:${password}`;
  if (key === undefined && basic === undefined)
    problems.push({
      name: 'KIBANA_API_KEY',
      problem: 'is not set, nor both KIBANA_USERNAME and KIBANA_PASSWORD',
    });
  if (key !== undefined && !PRINTABLE.test(key))
    problems.push({
      name: 'KIBANA_API_KEY',
      problem: 'holds white space or a control character; expected the "encoded" key',
    });
  const ca = readCa(value('KIBANA_CA_FILE'), problems);
  if (problems.length > 0) throw new ConfigError(problems, 'Set the variables named above.');
  return {
    url: url.replace(/\/+$/, ''),
    authorization:
      key === undefined ? `Basic ${Buffer.from(basic ?? '', 'utf8').toString('base64')}` : `ApiKey ${key}`,
    ...(ca === undefined ? {} : { ca }),
  };
}

function problemOfUrl(url: string): string | undefined {
  if (url === '') return 'is not set; expected the address of Kibana, such as https://localhost:5601';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return 'expected an http:// or https:// address';
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    return 'must not carry a user name or password; use KIBANA_API_KEY, or KIBANA_USERNAME and KIBANA_PASSWORD';
  return undefined;
}

function readCa(path: string | undefined, problems: ConfigProblem[]): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    problems.push({ name: 'KIBANA_CA_FILE', problem: 'names a file that can’t be read' });
    return undefined;
  }
}
