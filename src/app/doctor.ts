import type { Client } from '@elastic/elasticsearch';
import type { LogHours, Rights } from '../doctor/examined.js';
import { exitCodeOf, type Finding } from '../doctor/finding.js';
import {
  type Cycle,
  judgeArrivals,
  judgeHostClock,
  judgeRefresh,
  judgeSilence,
} from '../doctor/judgeArrivals.js';
import { daysOf, daysTogether, judgeDays } from '../doctor/judgeDays.js';
import { judgeRights } from '../doctor/judgeRights.js';
import { nextSteps } from '../doctor/next.js';
import type { DoctorReport, ProfileReport } from '../doctor/report.js';
import { readArrivals } from '../elasticsearch/doctor/readArrivals.js';
import { type Fit, readFit } from '../elasticsearch/doctor/readFit.js';
import { readLogHours, readOverview, readPipelineErrors } from '../elasticsearch/doctor/readOverview.js';
import { readRefresh } from '../elasticsearch/doctor/readRefresh.js';
import { readRights } from '../elasticsearch/doctor/readRights.js';
import { readStreams } from '../elasticsearch/doctor/readStreams.js';
import { profileLimits } from '../profiles/limits.js';
import { DEFAULT_PROFILE } from '../profiles/load.js';
import { indicesOf, patternsOf } from '../profiles/queries.js';
import type { IndexProfile } from '../profiles/schema.js';
import { roles } from '../setup/assets.js';
import { partOf } from '../setup/parts.js';
import { streamNames } from '../setup/streams.js';

/** A credential to look at. The first one is what everything is read with. */
export interface PartClient {
  readonly part: string;
  readonly client: Client;
  readonly expires?: Date;
}

export interface DoctorOptions extends Cycle {
  readonly parts: readonly [PartClient, ...PartClient[]];
  readonly namespace: string;
  /** those that might fit */
  readonly profiles: readonly IndexProfile[];
  /** the site said that it is these: that they don't fit is an error */
  readonly chosen: boolean;
  /** read instead of the profiles' own patterns */
  readonly index?: string;
  readonly watchSeconds: number;
  /** what of governance wants a person */
  readonly governance?: () => Promise<readonly Finding[]>;
  readonly now: () => Date;
  readonly onProgress: (doing: string) => void;
  readonly signal: AbortSignal;
}

/** Streams that the scorer and the trainer need, by what their templates are called. */
const STREAMS_NEEDED = [
  'logs-ot_anomaly.anomaly',
  'logs-ot_anomaly.checkpoint',
  'logs-ot_anomaly.audit',
  'logs-ot_anomaly.asset',
  'logs-ot_anomaly.decision',
  'logs-ot_anomaly.maintenance',
  'metrics-ot_anomaly.scorer',
] as const;

/**
 * Looks at a cluster: which profile fits, what there is to learn from, clocks, arrivals, visibility and rights. Reads
 * aggregations, mappings and settings, never documents, and writes nothing.
 *
 * @throws {ElasticsearchError} when nothing can be asked: unreachable, wrong key
 */
export async function doctor(options: DoctorOptions): Promise<DoctorReport> {
  const { namespace, parts, profiles, now } = options;
  const findings: Finding[] = [];
  const examined: ProfileReport[] = [];
  const others: { readonly profile: IndexProfile; readonly fit: Fit }[] = [];
  for (const profile of profiles) {
    if (options.signal.aborted) break;
    options.onProgress(`looking for rows of the profile ${profile.name}`);
    const found = await examine(profile, options, findings);
    if ('fit' in found) others.push({ profile, fit: found.fit });
    else examined.push(found.report);
  }
  findings.push(...judgeFit(options, examined, others));
  const rights: Rights[] = [];
  for (const part of parts) {
    options.onProgress(`asking what the ${part.part} may do`);
    const read =
      examined.length > 0 ? profiles.filter(({ name }) => examined.some((one) => one.name === name)) : [];
    const asked = await rightsOf(part, options, read.length > 0 || !options.chosen ? read : profiles);
    rights.push(asked);
    findings.push(...judgeRights(asked, now()));
  }
  options.onProgress('looking at the streams that are written to');
  findings.push(...((await options.governance?.()) ?? []));
  findings.push(...judgeStreams(await readStreams(parts[0].client, STREAMS_NEEDED, namespace)));
  return {
    exitCode: exitCodeOf(findings),
    namespace,
    profiles: examined,
    rights,
    findings,
    next: nextSteps(findings, examined, namespace),
  };
}

async function examine(
  profile: IndexProfile,
  options: DoctorOptions,
  findings: Finding[],
): Promise<{ readonly report: ProfileReport } | { readonly fit: Fit }> {
  const { client } = options.parts[0];
  const index = options.index ?? indicesOf(profile, options.namespace);
  const fit = await readFit(client, index, profile);
  if (!fit.readable || fit.indices === 0 || fit.missing.length > 0) return { fit };
  const overview = await readOverview(client, index, profile);
  if (overview.rows === 0) return { fit };

  const hours: LogHours[] = [];
  for (const { log, rows } of overview.logs) {
    options.onProgress(`${profile.name}: days of ${log}, ${rows} rows`);
    hours.push(await readLogHours(client, index, profile, log));
  }
  options.onProgress(`${profile.name}: how late rows arrive`);
  const { newestArrival, serverNow } = overview;
  const arrivals =
    newestArrival === undefined
      ? { rows: 0, rowSpan: 0, arrivalSpan: 0, lags: [], connectionsOnly: false }
      : await readArrivals(client, index, profile, newestArrival);
  options.onProgress(`${profile.name}: how soon rows become visible`);
  const { watchSeconds, signal } = options;
  const refresh = await readRefresh(client, {
    index,
    profile,
    watchSeconds,
    newestArrival,
    serverNow,
    signal,
  });

  findings.push(
    ...judgeFields(
      profile.name,
      fit,
      overview.logs.map(({ log }) => log),
    ),
    ...judgeDays(profile.name, overview, hours),
    ...judgeSilence(profile.name, overview),
    ...judgeArrivals(profile.name, arrivals, options),
    ...judgeRefresh(profile.name, refresh, options),
    ...(serverNow === undefined ? [] : judgeHostClock(serverNow, options.now().getTime())),
    ...(profile.name === DEFAULT_PROFILE ? judgePipeline(await readPipelineErrors(client, index)) : []),
  );
  return {
    report: {
      name: profile.name,
      title: profile.title,
      index,
      rows: overview.rows,
      indices: overview.indices,
      logs: hours.map(daysOf),
      days: daysTogether(hours),
      sensors: overview.sensors.map(({ sensor }) => sensor),
      arrivals,
      refresh,
      weaker: profileLimits(profile),
    },
  };
}

function judgeFields(profile: string, { unusable, notIndexed }: Fit, logs: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  if (unusable.length > 0)
    findings.push({
      code: 'unusable_field',
      severity: 'error',
      profile,
      message: `rows can't be counted by ${unusable.join(', ')}: text has no values to count`,
      advice:
        'Write a profile that names the keyword beside it ({field: x.keyword, source: x}), docs/profiles.md says how; or map the field as keyword from the next rollover on.',
    });
  const lost = Object.entries(notIndexed).filter(([log]) => logs.includes(log));
  for (const [log, columns] of lost)
    findings.push({
      code: 'column_not_indexed',
      severity: 'warning',
      profile,
      message: `${log}: no index maps ${columns.join(', ')}: relations that differ in it alone look like one`,
      advice:
        'Map the field in a custom template of the convention, from the next rollover on, or go without.',
    });
  return findings;
}

/** One row in a thousand: more is a parser or a shipper that is wrong. */
const PIPELINE_ERRORS_SHARE = 0.001;

function judgePipeline({ errors, rows }: { readonly errors: number; readonly rows: number }): Finding[] {
  if (errors === 0 || errors / rows < PIPELINE_ERRORS_SHARE) return [];
  return [
    {
      code: 'pipeline_errors',
      severity: 'warning',
      profile: DEFAULT_PROFILE,
      message: `${errors} of ${rows} rows could not be parsed and are not scored`,
      advice: 'Search event.kind: pipeline_error; error.message says why, event.original holds the row.',
    },
  ];
}

/** Whether any profile, and the one that the site chose, finds rows. */
function judgeFit(
  { chosen, namespace, index }: DoctorOptions,
  examined: readonly ProfileReport[],
  others: readonly { readonly profile: IndexProfile; readonly fit: Fit }[],
): Finding[] {
  const findings: Finding[] = [];
  if (chosen || examined.length === 0)
    for (const { profile, fit } of others) {
      const where = index ?? patternsOf(profile, namespace).join(', ');
      const looked = chosen ? ('error' as const) : ('note' as const);
      if (!fit.readable)
        findings.push({
          code: 'unreadable',
          severity: looked,
          profile: profile.name,
          message: `${where}: this credential may not read it`,
          advice: `If the site has ${profile.title}, run "ot-anomaly setup --profile ${profile.name}": it gives the scorer and the trainer read there.`,
        });
      else if (chosen)
        findings.push({
          code: 'profile_does_not_fit',
          severity: 'error',
          profile: profile.name,
          message:
            fit.indices === 0
              ? `no index matches ${where}`
              : fit.missing.length > 0
                ? `${fit.indices} indices match ${where}, without ${fit.missing.join(', ')}`
                : `${fit.indices} indices match ${where}, and no row in them is industrial traffic as ${profile.name} has it`,
          advice:
            'Run "ot-anomaly doctor" without --profile: it looks for each convention. Check --namespace and --index too.',
        });
    }
  if (examined.length === 0 && !chosen)
    findings.push({
      code: 'no_rows',
      severity: 'error',
      message: `no profile finds industrial rows in the namespace ${namespace}`,
      advice:
        'Bring logs in ("ot-anomaly ingest", docs/getting-started.md), give --namespace, or look with a credential that may read the site’s indices; for a convention of the site’s own write a profile (docs/profiles.md).',
    });
  if (examined.length > 1)
    findings.push({
      code: 'two_profiles_fit',
      severity: 'note',
      message: `${examined.map(({ name, rows }) => `${name} (${rows} rows)`).join(' and ')} both fit`,
      advice: 'Choose one with --profile for training and scoring: a model reads one.',
    });
  return findings;
}

async function rightsOf(
  part: PartClient,
  options: DoctorOptions,
  read: readonly IndexProfile[],
): Promise<Rights> {
  const { namespace, index } = options;
  const role = roles().find((one) => partOf(one) === part.part);
  if (role === undefined) throw new Error(`there is no role file of ${part.part}`);
  // Logs are brought into our own streams, whatever else is read.
  const own = [`logs-ot_zeek.*-${namespace}`];
  const patterns = read.flatMap((profile) => patternsOf(profile, namespace));
  const sources =
    part.part === 'ingest' || part.part === 'shipper' || patterns.length === 0
      ? own
      : (index?.split(',') ?? patterns);
  return readRights(part.client, {
    part: part.part,
    role,
    namespace,
    sources: [...new Set(sources)],
    streams: streamNames(namespace),
    ...(part.expires === undefined ? {} : { expires: part.expires }),
  });
}

function judgeStreams(problems: Awaited<ReturnType<typeof readStreams>>): Finding[] {
  const absent = problems.filter(({ unmapped }) => unmapped === undefined).map(({ stream }) => stream);
  const findings: Finding[] = [];
  if (absent.length > 0)
    findings.push({
      code: 'not_set_up',
      severity: 'error',
      message: `there is no ${absent.join(', ')}`,
      advice: 'Run "ot-anomaly setup" with this --namespace.',
    });
  for (const { stream, unmapped = [] } of problems)
    if (unmapped.length > 0)
      findings.push({
        code: 'streams_outdated',
        severity: 'warning',
        message: `${stream} does not map ${unmapped.slice(0, 5).join(', ')}${unmapped.length > 5 ? ` and ${unmapped.length - 5} more` : ''}: it was set up by an older version`,
        advice: `Run "ot-anomaly setup", then roll the stream over (POST ${stream}/_rollover).`,
      });
  return findings;
}
