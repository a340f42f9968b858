import type { Response } from 'express';
import { CRITICAL_SEVERITY } from '../decision/severity.js';
import type { Alert } from '../triage/alert.js';
import type { Session } from './sessions.js';
import type { Site } from './site.js';

/** Shows a view within the layout of a person who is signed in. */
export function show(
  site: Site,
  response: Response,
  session: Session,
  view: string,
  data: { readonly title: string } & Record<string, unknown>,
): void {
  const { principal, csrf } = session;
  response.send(site.render(view, { ...data, ...words, principal, csrf, now: site.now().toISOString() }));
}

export function showError(site: Site, response: Response, status: number, title: string, text: string): void {
  response.status(status).send(site.render('error', { title, text, ...words }));
}

/** How templates put numbers and times. */
const words = {
  /** `2026-02-01 12:00:00 UTC` */
  time: (iso: string) => `${iso.slice(0, 19).replace('T', ' ')} UTC`,
  severityWord,
  /** `3 h 20 min` since */
  ago: (iso: string, now: string) => duration(Date.parse(now) - Date.parse(iso)),
  /** since Elasticsearch took an alert in */
  waited: ({ document }: Alert, now: string) =>
    duration(Date.parse(now) - Date.parse(document.event.ingested ?? document['@timestamp'])),
  spoken: (name: string) => name.replaceAll('_', ' '),
  percent: (share: number) => `${Math.round(share * 100)} %`,
};

/** The steps of `event.severity`. */
export function severityWord(severity: number): string {
  if (severity >= CRITICAL_SEVERITY) return 'critical';
  if (severity >= 73) return 'high';
  return severity >= 47 ? 'medium' : 'low';
}

export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1_440)} days`;
}
