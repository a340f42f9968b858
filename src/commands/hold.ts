import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { type HoldContext, lockOriginals, releaseHold } from '../app/governance/holdOriginals.js';
import { connectionFor } from '../config/connection.js';
import { createClient } from '../elasticsearch/client.js';
import { readHolds } from '../elasticsearch/holds.js';
import { print, withGovernance } from './governanceOptions.js';
import { modelsOption, namespaceOption } from './options.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function registerHold(program: Command): void {
  const hold = program.command('hold').description('legal holds ("report --hold"), and their originals');
  const add = (name: string, description: string) =>
    hold
      .command(name)
      .description(description)
      .addOption(namespaceOption())
      .option('--json', 'print one JSON object');
  const help =
    '\nNeeds the credential of an administrator, as set-up does (ES_API_KEY, or ES_USERNAME and ES_PASSWORD).';

  add('list', 'the indices that holds reach into, and whether they are locked')
    .addOption(modelsOption())
    .action((options: Options) =>
      withGovernance(options, async ({ client, namespace }) => {
        const holds = await readHolds(client, namespace);
        print(options.json, holds, [
          ...holds.map(
            ({ index, subjects, locked }) =>
              `${locked ? 'locked' : 'OPEN  '}  ${index}  ${subjects.join(', ')}`,
          ),
          ...(holds.length === 0 ? ['nothing is under hold'] : []),
        ]);
      }),
    );
  add('lock', 'make those indices read-only, so that nothing of them can be changed or deleted')
    .addHelpText('after', help)
    .action((options: Options) =>
      asAdministrator(options, async (context) => {
        const results = await lockOriginals(context);
        print(options.json, results, [
          ...results.map(({ index, result }) => `${WORDS[result]}  ${index}`),
          ...(results.length === 0 ? ['nothing to lock'] : []),
        ]);
        if (results.some(({ result }) => result !== 'locked')) process.exitCode = 1;
      }),
    );
  add('release <subject>', 'end a hold, such as "incident INC-1"; the copies stay')
    .requiredOption('--reason <text>', 'why; it stands in the audit stream')
    .addHelpText('after', help)
    .action((subject: string, options: Options) =>
      asAdministrator(options, async (context) => {
        const unlocked = await releaseHold(context, subject, options.reason);
        print(options.json, { released: subject, unlocked }, [
          `released: ${subject}`,
          ...unlocked.map((index) => `unlocked  ${index}`),
        ]);
      }),
    );
}

const WORDS = {
  locked: 'locked',
  gone: 'GONE: only the copies are left ',
  not_a_stream: 'NOT LOCKED, it is no part of a data stream ',
} as const;

async function asAdministrator(
  options: Options,
  act: (context: HoldContext) => Promise<void>,
): Promise<void> {
  const client = createClient(connectionFor(process.env, 'setup'));
  try {
    await act({ client, namespace: options.namespace, now: () => new Date(), newId: randomUUID });
  } finally {
    await client.close();
  }
}
