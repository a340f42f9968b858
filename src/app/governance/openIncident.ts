import { existsSync, readdirSync } from 'node:fs';
import type { Client } from '@elastic/elasticsearch';
import { readIncidents, writeIncident } from '../../elasticsearch/incidents.js';
import { openReview } from '../../elasticsearch/reviews.js';
import { OtAnomalyError } from '../../errors.js';
import { GovernanceError } from '../../governance/governanceError.js';
import type { Incident, IncidentEvent } from '../../governance/incident/incident.js';
import { taintOf } from '../../governance/incident/taint.js';
import { sha256 } from '../../registry/digest.js';
import { loadModel } from '../../registry/store.js';

export interface IncidentOptions {
  /** signed in as the person who says so: Elasticsearch stamps who that is */
  readonly client: Client;
  readonly namespace: string;
  /** the registry's folder: models there that learnt over the incident's time are marked */
  readonly folder: string;
  readonly now: () => Date;
}

/** What is said of an incident at one time. */
export type Statement = Pick<IncidentEvent, 'id' | 'suspected_from' | 'note' | 'missed'>;

/**
 * Opens an incident: from now on nothing is retrained. Each model whose training window lies in its time is tainted and
 * gets a review; an incident that no alert told of gets one, too.
 *
 * @returns digests of the tainted models
 * @throws {GovernanceError} refused if it is open already and nothing new is said
 */
export async function openIncident(options: IncidentOptions, said: Statement): Promise<readonly string[]> {
  const { client, namespace, folder, now } = options;
  const before = await find(options, said.id);
  if (before !== undefined && before.closedAt === undefined && said.suspected_from === undefined)
    throw refused(`the incident ${said.id} is open already`, 'Give --suspected-from to say more of it.');
  await write(options, { ...said, state: 'open', at: now().toISOString() });
  const incident = await find(options, said.id);
  const tainted = incident === undefined ? [] : taintedModels(folder, incident);
  for (const model of tainted)
    await openReview(
      client,
      namespace,
      { trigger: 'taint', subject: `${model.slice(0, 12)} by ${said.id}` },
      now(),
    );
  if (said.missed === true)
    await openReview(client, namespace, { trigger: 'false_negative', subject: said.id }, now());
  return tainted;
}

/** @throws {GovernanceError} not_found if no such incident is open */
export async function closeIncident(options: IncidentOptions, said: Statement): Promise<void> {
  const before = await find(options, said.id);
  if (before === undefined || before.closedAt !== undefined)
    throw new GovernanceError(
      'not_found',
      before === undefined ? `there is no incident ${said.id}` : `the incident ${said.id} is closed already`,
      'Look with "ot-anomaly incident list".',
    );
  await write(options, { ...said, state: 'closed', at: options.now().toISOString() });
}

/** Models of the registry whose training window lies in the incident's time, the lab's among them. */
export function taintedModels(folder: string, incident: Incident): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name)) : [];
  return names.sort().filter((name) => {
    try {
      const { from, to } = loadModel(folder, name).model.options;
      return taintOf(from, to, [incident]).length > 0;
    } catch (error) {
      if (error instanceof OtAnomalyError) return false; // damaged: it can't be used anyway
      throw error;
    }
  });
}

async function find({ client, namespace }: IncidentOptions, id: string): Promise<Incident | undefined> {
  return (await readIncidents(client, namespace)).find((incident) => incident.id === id);
}

async function write(
  { client, namespace, now }: IncidentOptions,
  event: Omit<IncidentEvent, 'person'>,
): Promise<void> {
  const id = sha256(JSON.stringify([namespace, event.id, event.state, event.at])).slice(0, 40);
  await writeIncident(client, namespace, event, id, now());
}

function refused(message: string, advice: string): GovernanceError {
  return new GovernanceError('refused', message, advice);
}
