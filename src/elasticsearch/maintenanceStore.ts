import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { ECS_VERSION } from '../anomaly/document.js';
import { MaintenancePlan, type PlannedWindow } from '../anomaly/maintenancePlan.js';
import type { Horizon, MaintenanceWindow } from '../maintenance/window.js';
import { canonicalBytes, sha256 } from '../registry/digest.js';
import type { MaintenanceWindow as TriageWindow } from '../triage/input.js';
import { bulkCreate, type Created, createOne } from './bulkCreate.js';
import { explaining } from './errors.js';
import { PointInTime } from './pointInTime.js';

const CALENDARS_MAX = 200;
const WINDOWS_A_PAGE = 1_000;
const TRIAGE_WINDOWS_MAX = 20;
const WINDOW = 'maintenance-planned';
const IMPORTED = 'maintenance-imported';

const storedImport = z.object({
  ot_anomaly: z.object({
    maintenance: z.object({
      calendar: z.string(),
      import: z.string(),
      sha256: z.string(),
      windows: z.number(),
    }),
  }),
});
const storedWindow = z.object({
  message: z.string().default('planned work'),
  event: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }),
  ot_anomaly: z.object({
    maintenance: z.object({
      calendar: z.string(),
      uid: z.string().default(''),
      assets: z.array(z.string()).default([]),
      zones: z.array(z.string()).default([]),
    }),
  }),
});

/** A calendar's newest complete import: the one that is in force. */
export type Import = z.infer<typeof storedImport>['ot_anomaly']['maintenance'];

/** Adds a calendar's windows, and then the document that puts them in force. Writing again is harmless. */
export async function writeImport(
  client: Client,
  namespace: string,
  { calendar, import: id, sha256: digest }: Omit<Import, 'windows'>,
  windows: readonly MaintenanceWindow[],
  now: Date,
): Promise<Created> {
  const common = { namespace, now, id, calendar };
  const documents = windows.map((window) => ({
    id: sha256(canonicalBytes({ id, ...window })).slice(0, 40),
    document: document(common, WINDOW, window.summary, {
      event: { start: new Date(window.start).toISOString(), end: new Date(window.end).toISOString() },
      maintenance: { uid: window.uid, assets: window.assets, zones: window.zones },
    }),
  }));
  const created = await bulkCreate(client, stream(namespace), documents, { refresh: true });
  if (created.rejected.length > 0) return created;
  await createOne(
    client,
    stream(namespace),
    {
      id,
      document: document(common, IMPORTED, `${windows.length} windows of ${calendar}`, {
        event: {},
        maintenance: { sha256: digest, windows: windows.length },
      }),
    },
    { refresh: true },
  );
  return created;
}

function document(
  { namespace, now, id, calendar }: { namespace: string; now: Date; id: string; calendar: string },
  action: string,
  message: string,
  { event, maintenance }: { event: object; maintenance: object },
): Record<string, unknown> {
  return {
    '@timestamp': now.toISOString(),
    message,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: 'ot_anomaly.maintenance', namespace },
    event: {
      kind: 'event',
      category: ['configuration'],
      type: ['info'],
      module: 'ot_anomaly',
      dataset: 'ot_anomaly.maintenance',
      action,
      ...event,
    },
    ot_anomaly: { maintenance: { calendar, import: id, ...maintenance } },
  };
}

/** The import that is in force of each calendar. */
export async function readImports(client: Client, namespace: string): Promise<readonly Import[]> {
  const { hits } = await explaining('reading calendars of planned work', () =>
    client.search({
      index: stream(namespace),
      ignore_unavailable: true,
      size: CALENDARS_MAX,
      query: { term: { 'event.action': IMPORTED } },
      collapse: { field: 'ot_anomaly.maintenance.calendar' },
      sort: [{ 'event.ingested': { order: 'desc', unmapped_type: 'date_nanos' } }],
    }),
  );
  return hits.hits.flatMap(({ _source }) => {
    const parsed = storedImport.safeParse(_source);
    return parsed.success ? [parsed.data.ot_anomaly.maintenance] : [];
  });
}

/** The windows in force that overlap a time (ms since the epoch); none where the site keeps no calendar. */
export async function readWindows(
  client: Client,
  namespace: string,
  { from, to }: Horizon,
): Promise<readonly PlannedWindow[]> {
  const imports = await readImports(client, namespace);
  if (imports.every(({ windows }) => windows === 0)) return [];
  return explaining('reading maintenance windows', async () => {
    const pit = await PointInTime.open(client, stream(namespace));
    const windows: PlannedWindow[] = [];
    try {
      const pages = pit.pages({
        size: WINDOWS_A_PAGE,
        query: {
          bool: {
            filter: [
              { term: { 'event.action': WINDOW } },
              { terms: { 'ot_anomaly.maintenance.import': imports.map((one) => one.import) } },
              { range: { 'event.start': { lt: to, format: 'epoch_millis' } } },
              { range: { 'event.end': { gt: from, format: 'epoch_millis' } } },
            ],
          },
        },
        sort: [{ 'event.start': 'asc' }],
      });
      for await (const page of pages)
        for (const { source } of page) {
          const parsed = storedWindow.safeParse(source);
          if (!parsed.success) continue;
          const { message, event, ot_anomaly } = parsed.data;
          windows.push({
            ...ot_anomaly.maintenance,
            summary: message,
            start: Date.parse(event.start),
            end: Date.parse(event.end),
          });
        }
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    return windows;
  });
}

export async function readPlan(
  client: Client,
  namespace: string,
  horizon: Horizon,
): Promise<MaintenancePlan> {
  return new MaintenancePlan(await readWindows(client, namespace, horizon));
}

/** Planned work that is going on at `at`, for triage; none where the site keeps no windows. */
export async function activeMaintenance(
  client: Client,
  namespace: string,
  at: Date,
): Promise<readonly TriageWindow[]> {
  const ms = at.getTime();
  const windows = await readWindows(client, namespace, { from: ms, to: ms + 1 });
  return windows.slice(0, TRIAGE_WINDOWS_MAX).map(({ summary, start, end }) => ({
    summary,
    from: new Date(start).toISOString(),
    to: new Date(end).toISOString(),
  }));
}

function stream(namespace: string): string {
  return `logs-ot_anomaly.maintenance-${namespace}`;
}
