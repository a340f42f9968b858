import { z } from 'zod';
import type { AskKibana } from './kibanaClient.js';
import { KibanaError } from './kibanaError.js';

/** The oldest Kibana that reads the shipped versions of saved objects: 9.0's sibling. */
const OLDEST = [8, 18] as const;
/** Import goes to the next major at most; beyond it nobody has tried. */
const NEWEST_MAJOR = 9;

const status = z.object({ version: z.object({ number: z.string() }) });

/**
 * @returns Kibana's version
 * @throws {KibanaError} not_kibana, unsupported_version
 */
export async function checkVersion(ask: AskKibana): Promise<string> {
  const parsed = status.safeParse((await ask('GET', '/api/status')).body);
  const version = parsed.success ? parsed.data.version.number : undefined;
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+/.exec(version ?? '') ?? [];
  if (version === undefined || major === undefined || minor === undefined)
    throw new KibanaError(
      'not_kibana',
      'GET /api/status did not answer with the version of a Kibana',
      'Check KIBANA_URL: it is the address of Kibana (often port 5601), with its base path, and without a space.',
    );
  const [oldestMajor, oldestMinor] = OLDEST;
  const tooOld =
    Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  if (tooOld || Number(major) > NEWEST_MAJOR)
    throw new KibanaError(
      'unsupported_version',
      `this is Kibana ${version}; the files are for ${OLDEST.join('.')} to ${NEWEST_MAJOR}.x`,
      tooOld
        ? 'Upgrade Kibana: an older one refuses objects of a more recent version.'
        : 'Use a newer release of ot-anomaly-detector, or import the files by hand into a space of their own first.',
    );
  return version;
}

/** @throws {KibanaError} no_such_space */
export async function checkSpace(ask: AskKibana, space: string): Promise<void> {
  const { status: code } = await ask('GET', `/api/spaces/space/${encodeURIComponent(space)}`);
  if (code === 200) return;
  throw new KibanaError(
    'no_such_space',
    `Kibana has no space "${space}" (HTTP ${code})`,
    'Create it in Kibana (Stack Management, Spaces), or name another with --space.',
  );
}
