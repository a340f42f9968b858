import type { Command } from 'commander';
import { scanReviews } from '../app/governance/scanReviews.js';
import { finishReview, readReviews } from '../elasticsearch/reviews.js';
import { GovernanceError } from '../governance/governanceError.js';
import { overdue } from '../governance/review/triggers.js';
import { print, withGovernance, withPerson } from './governanceOptions.js';
import { modelsOption, namespaceOption } from './options.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly finding: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function registerReview(program: Command): void {
  const review = program
    .command('review')
    .description('what people must look at again: by schedule, or because something happened');
  const add = (name: string, description: string) =>
    review
      .command(name)
      .description(description)
      .addOption(namespaceOption())
      .addOption(modelsOption())
      .option('--json', 'print one JSON object');

  add('scan', 'open a task for each cause that the policy names and that has none yet; run it once an hour')
    .addHelpText(
      'after',
      `
Causes: the schedule, assets that the model in production never saw, more than 5 confirmed false positives in a shift,
an incident that no alert told of, a model that an incident taints, a drift of the input, a retrain.`,
    )
    .action((options: Options) =>
      withGovernance(options, async (context) => {
        const opened = await scanReviews(context);
        print(options.json, { opened }, [
          ...opened.map(({ trigger, subject }) => `opened ${trigger}: ${subject}`),
          ...(opened.length === 0 ? ['nothing new to review'] : []),
        ]);
      }),
    );
  add('list', 'tasks that are open; exits with 1 if one is overdue')
    .option('--all', 'those that are done, too')
    .action((options: Options) =>
      withGovernance(options, async ({ client, namespace, now }) => {
        const tasks = await readReviews(client, namespace);
        const late = new Set(overdue(tasks, now()).map(({ id }) => id));
        const shown = tasks.filter(({ doneAt }) => options.all === true || doneAt === undefined);
        print(
          options.json,
          shown.map((task) => ({ ...task, overdue: late.has(task.id) })),
          [
            ...shown.map(
              ({ id, due, doneAt }) =>
                `${doneAt !== undefined ? `done ${doneAt}` : late.has(id) ? `OVERDUE since ${due}` : `due ${due}`}  ${id}`,
            ),
            ...(shown.length === 0 ? ['nothing to review'] : []),
          ],
        );
        if (late.size > 0) process.exitCode = 1;
      }),
    );
  add('done <id>', 'say what a review found, as yourself')
    .requiredOption('--finding <text>', 'what was looked at and found')
    .addHelpText(
      'after',
      '\nSigns in as you, with ES_USERNAME and ES_PASSWORD (or ES_API_KEY of your account).',
    )
    .action((id: string, options: Options) =>
      withPerson(options, async ({ client, namespace, now }) => {
        const task = (await readReviews(client, namespace)).find((one) => one.id === id);
        if (task === undefined)
          throw new GovernanceError(
            'not_found',
            `there is no review ${id}`,
            'Look with "ot-anomaly review list".',
          );
        await finishReview(client, namespace, task, options.finding, now());
        print(options.json, { done: id }, [`done: ${id}`]);
      }),
    );
}
