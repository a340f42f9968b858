import type { Command } from 'commander';
import { closeIncident, type IncidentOptions, openIncident } from '../app/governance/openIncident.js';
import { readIncidents } from '../elasticsearch/incidents.js';
import { print, withPerson } from './governanceOptions.js';
import { modelsOption, namespaceOption } from './options.js';
import { parseIso } from './trust.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly suspectedFrom?: string;
  readonly note?: string;
  readonly missed?: boolean;
  readonly json?: boolean;
}

export function registerIncident(program: Command): void {
  const incident = program
    .command('incident')
    .description('incidents, which people open and close: while one is open nothing is retrained');
  const add = (name: string, description: string) =>
    incident
      .command(name)
      .description(description)
      .addOption(namespaceOption())
      .addOption(modelsOption())
      .option('--json', 'print one JSON object');
  const help =
    '\nSigns in as you, with ES_USERNAME and ES_PASSWORD (or ES_API_KEY of your account): no part of this system may do it.';

  add('open <id>', 'open an incident, or say that it began earlier')
    .option('--suspected-from <time>', 'since when somebody may have been there; default: now', parseIso)
    .option('--note <text>', 'what is known')
    .option('--missed', 'no alert of this system told of it: a review is opened')
    .addHelpText('after', help)
    .action((id: string, options: Options) =>
      withPerson(options, async (context) => {
        const tainted = await openIncident(context, said(id, options));
        print(options.json, { opened: id, tainted }, [
          `incident ${id} is open: no retrain until it is closed`,
          ...tainted.map(
            (model) => `tainted: model ${model.slice(0, 12)} learnt over its time; review opened`,
          ),
        ]);
      }),
    );
  add('close <id>', 'close an incident')
    .option('--note <text>', 'how it ended')
    .addHelpText('after', help)
    .action((id: string, options: Options) =>
      withPerson(options, async (context) => {
        await closeIncident(context, said(id, options));
        print(options.json, { closed: id }, [
          `incident ${id} is closed; data of its time, and of 30 days after, trains only after a signed data-review`,
        ]);
      }),
    );
  add('list', 'every incident').action((options: Options) =>
    withPerson(options, async ({ client, namespace }: IncidentOptions) => {
      const incidents = await readIncidents(client, namespace);
      print(options.json, incidents, [
        ...incidents.map(
          ({ id, openedAt, suspectedFrom, closedAt }) =>
            `${id}  ${closedAt === undefined ? 'OPEN' : `closed ${closedAt}`}  opened ${openedAt}, suspected from ${suspectedFrom}`,
        ),
        ...(incidents.length === 0 ? ['no incident'] : []),
      ]);
    }),
  );
}

function said(id: string, { suspectedFrom, note, missed }: Options) {
  return {
    id,
    ...(suspectedFrom === undefined ? {} : { suspected_from: suspectedFrom }),
    ...(note === undefined ? {} : { note }),
    ...(missed === undefined ? {} : { missed }),
  };
}
