import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import {
  foldIncidents,
  type Incident,
  type IncidentEvent,
  incidentEventSchema,
} from '../governance/incident/incident.js';
import { bulkCreate } from './bulkCreate.js';
import { explaining } from './errors.js';
import { outputDocument } from './outputDocument.js';
import { PointInTime } from './pointInTime.js';

const stored = z.object({
  user: z.object({ name: z.string() }),
  ot_anomaly: z.object({ incident: incidentEventSchema.omit({ person: true }) }),
});
/** Users of this system's own parts: an incident is opened and closed by people. */
const OWN_PARTS = /^ot_anomaly_/;
const EVENTS_A_PAGE = 1_000;

/** Opens or closes an incident under the credential of `client`, which is a person's own. */
export async function writeIncident(
  client: Client,
  namespace: string,
  event: Omit<IncidentEvent, 'person'>,
  id: string,
  now: Date,
): Promise<void> {
  const action = event.state === 'open' ? 'incident-opened' : 'incident-closed';
  const document = outputDocument(
    'incident',
    namespace,
    now,
    { id, action, message: `incident ${event.id} ${event.state}` },
    { incident: event },
  );
  await bulkCreate(client, stream(namespace), [{ id, document }], { refresh: true });
}

/** Every incident of a site, from what people wrote; what a part of this system may have written doesn't count. */
export async function readIncidents(client: Client, namespace: string): Promise<readonly Incident[]> {
  return explaining('reading the incidents', async () => {
    const pit = await PointInTime.open(client, stream(namespace));
    const events: IncidentEvent[] = [];
    try {
      for await (const page of pit.pages({ size: EVENTS_A_PAGE, sort: [{ '@timestamp': 'asc' }] })) {
        for (const { source } of page) {
          const parsed = stored.safeParse(source);
          if (parsed.success && !OWN_PARTS.test(parsed.data.user.name))
            events.push({ ...parsed.data.ot_anomaly.incident, person: parsed.data.user.name });
        }
      }
    } finally {
      await pit.close().catch(() => {}); // it expires by itself
    }
    return foldIncidents(events);
  });
}

function stream(namespace: string): string {
  return `logs-ot_anomaly.incident-${namespace}`;
}
