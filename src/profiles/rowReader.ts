import type { ZeekRow } from '../features/otRecord.js';
import type { ScoredLog } from '../zeek/scoredLogs.js';
import type { FieldSpec, IndexProfile, ProfileLog } from './schema.js';
import { isObject, pathOf, valueAt } from './valueAt.js';

/** Gives a document back as the Zeek row it came from; undefined if it is no row of a log that the profile knows. */
export type RowReader = (document: unknown) => ZeekRow | undefined;

type Getter = (document: unknown) => unknown;
type Columns = Record<string, unknown>;
/** Adds columns that it finds in the document. */
type Reader = (document: unknown, columns: Columns) => void;

/** Takes the profile apart once: what comes out runs for every document. */
export function rowReader(profile: IndexProfile): RowReader {
  const logField = pathOf(profile.log_field);
  const time = timeOf(profile);
  const identity = identityReader(profile.identity);
  const sensor = profile.identity.sensor === undefined ? () => undefined : getterOf(profile.identity.sensor);
  const logs = new Map(
    (Object.entries(profile.logs) as [ScoredLog, ProfileLog][]).flatMap(([log, described]) => {
      const known: KnownLog = { log, read: logReader(described, identity) };
      return described.dataset.map((dataset) => [dataset, known] as const);
    }),
  );
  for (const [dataset, loss] of lossReaders(profile)) logs.set(dataset, loss);
  return (document) => {
    const dataset = valueAt(document, logField);
    const known = typeof dataset === 'string' ? logs.get(dataset) : undefined;
    if (known === undefined) return undefined;
    const columns: Columns = {};
    known.read(document, columns);
    columns['ts'] = time(document);
    const name = sensor(document);
    return { log: known.log, sensor: typeof name === 'string' ? name : undefined, columns };
  };
}

interface KnownLog {
  readonly log: string;
  readonly read: Reader;
}

/** capture_loss.log tells what its sensor missed, and has no connection. */
function lossReaders({ capture_loss: loss }: IndexProfile): readonly (readonly [string, KnownLog])[] {
  if (loss === undefined) return [];
  const path = pathOf(loss.percent_lost);
  const read: Reader = (document, columns) => {
    columns['percent_lost'] = numberOf(valueAt(document, path));
  };
  return loss.dataset.map((dataset) => [dataset, { log: 'capture_loss', read }]);
}

function logReader(log: ProfileLog, identity: Reader): Reader {
  const readers = [columnsUnder(log), identity, columnReader(log), connReader(log), turning(log)];
  return (document, columns) => {
    for (const read of readers) read(document, columns);
  };
}

/** Columns that lie under Zeek's own names. */
function columnsUnder({ columns_under }: ProfileLog): Reader {
  if (columns_under === undefined) return () => {};
  const path = pathOf(columns_under);
  return (document, columns) => {
    const own = valueAt(document, path);
    if (isObject(own)) Object.assign(columns, own);
  };
}

function columnReader({ columns: described }: ProfileLog): Reader {
  const getters = Object.entries(described).map(([column, spec]) => [column, getterOf(spec)] as const);
  return (document, columns) => {
    for (const [column, get] of getters) columns[column] = get(document);
  };
}

function identityReader(identity: IndexProfile['identity']): Reader {
  const texts = [
    ['uid', identity.uid],
    ['id.orig_h', identity.source],
    ['id.resp_h', identity.destination],
    ['vlan', identity.vlan],
    ['inner_vlan', identity.inner_vlan],
  ] as const;
  const getters = texts.flatMap(([column, spec]) =>
    spec === undefined ? [] : [[column, getterOf(spec)] as const],
  );
  const sourcePort = getterOf(identity.source_port);
  const port = getterOf(identity.port);
  return (document, columns) => {
    for (const [column, get] of getters) columns[column] = get(document);
    columns['id.orig_p'] = numberOf(sourcePort(document));
    columns['id.resp_p'] = numberOf(port(document));
  };
}

/** What conn alone has, in Zeek's units: services, seconds, bytes. */
function connReader({ service, duration, bytes }: ProfileLog): Reader {
  const services = service?.map(pathOf) ?? [];
  const durationPath = duration === undefined ? undefined : pathOf(duration.field);
  const perSecond = duration === undefined ? 1 : UNITS_A_SECOND[duration.unit];
  const readBytes = bytes === undefined ? undefined : bytesReader(bytes);
  return (document, columns) => {
    if (services.length > 0) columns['service'] = joined(services.map((path) => valueAt(document, path)));
    if (durationPath !== undefined) {
      const units = numberOf(valueAt(document, durationPath));
      columns['duration'] = units === undefined ? undefined : units / perSecond;
    }
    readBytes?.(document, columns);
  };
}

const UNITS_A_SECOND = { nanoseconds: 1e9, milliseconds: 1e3, seconds: 1 } as const;

/** IP bytes are never 0; in Zeek's history, `D` and `d` tell whether the originator and the responder sent data. */
function bytesReader({ meaning, orig, resp, history }: NonNullable<ProfileLog['bytes']>): Reader {
  const [origPath, respPath] = [pathOf(orig), pathOf(resp)];
  const historyPath = meaning === 'ip' && history !== undefined ? pathOf(history) : undefined;
  return (document, columns) => {
    const seen = historyPath === undefined ? undefined : valueAt(document, historyPath);
    const side = (path: readonly string[], data: string) =>
      typeof seen === 'string' && !seen.includes(data) ? 0 : numberOf(valueAt(document, path));
    columns['orig_bytes'] = side(origPath, 'D');
    columns['resp_bytes'] = side(respPath, 'd');
  };
}

/** Source and destination of the message become those of the connection. */
function turning({ reversed }: ProfileLog): Reader {
  if (reversed === undefined) return () => {};
  const path = pathOf(reversed.field);
  return (document, columns) => {
    if (!reversed.values.includes(String(valueAt(document, path)))) return;
    const { 'id.orig_h': from, 'id.orig_p': fromPort, 'id.resp_h': to, 'id.resp_p': toPort } = columns;
    Object.assign(columns, {
      'id.orig_h': to,
      'id.orig_p': toPort,
      'id.resp_h': from,
      'id.resp_p': fromPort,
    });
  };
}

/** Seconds since the epoch. */
function timeOf({ time: { field, exact } }: IndexProfile): Getter {
  const datePath = pathOf(field);
  const date = (document: unknown) => secondsOfDate(valueAt(document, datePath));
  if (exact === undefined) return date;
  const path = pathOf(exact.field);
  return (document) => {
    const value = numberOf(valueAt(document, path));
    return value === undefined ? undefined : value / UNITS_A_SECOND[exact.unit];
  };
}

/** To the millisecond, as an index keeps it, whatever digits the document has. */
function secondsOfDate(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : typeof value === 'number' ? value : Number.NaN;
  return Number.isFinite(ms) ? Math.floor(ms) / 1000 : undefined;
}

function getterOf({ source, values }: FieldSpec): Getter {
  const path = pathOf(source);
  if (Object.keys(values).length === 0) return (document) => valueAt(document, path);
  return (document) => zeekValue(values, valueAt(document, path));
}

/** What Zeek would have written for a value of the convention. */
export function zeekValue(values: FieldSpec['values'], found: unknown): unknown {
  return typeof found === 'string' || typeof found === 'boolean' || typeof found === 'number'
    ? (values[String(found)] ?? found)
    : found;
}

/** Several fields may each name services, as text or a list. */
function joined(found: readonly unknown[]): unknown {
  const services = found.flatMap((value) => value ?? []);
  return services.length <= 1 ? services[0] : services;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
