import type { Command } from 'commander';
import type { GovernanceContext } from '../app/governance/context.js';
import { scanReviews } from '../app/governance/scanReviews.js';
import { tellOverdue } from '../app/governance/tellOverdue.js';
import { repeat } from '../app/repeat.js';
import { finishReview, readReviews } from '../elasticsearch/reviews.js';
import { GovernanceError } from '../governance/governanceError.js';
import { overdue } from '../governance/review/triggers.js';
import { reviewMetrics } from '../metrics/reviewMetrics.js';
import { startStatusServer } from '../metrics/statusServer.js';
import { print, withGovernance, withPerson } from './governanceOptions.js';
import { interruptSignal } from './interrupt.js';
import { createLog } from './log.js';
import { modelsOption, namespaceOption, parseInteger } from './options.js';
import { refreshRegistry } from './registry.js';

interface Options {
  readonly namespace: string;
  readonly models: string;
  readonly finding: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface ScanOptions extends Options {
  readonly every?: number;
  readonly statusPort?: number;
}

const MINUTE_MS = 60_000;

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
    .option('--every <minutes>', 'stay, and scan again every so many minutes', parseInteger(1, 1_440))
    .option(
      '--status-port <port>',
      'with --every: health, readiness and metrics on 127.0.0.1',
      parseInteger(1, 65_535),
    )
    .addHelpText(
      'after',
      `
Causes: the schedule, assets that the model in production never saw, more than 5 confirmed false positives in a shift,
an incident that no alert told of, a model that an incident taints, a drift of the input, a retrain. Says in the review
stream which tasks are overdue (event.action review-overdue, once each) and how many (reviews-counted).`,
    )
    .action((options: ScanOptions) =>
      withGovernance(options, (context) =>
        options.every === undefined ? scanOnce(context, options) : scanEvery(context, options, options.every),
      ),
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

async function scanOnce(context: GovernanceContext, { json }: ScanOptions): Promise<void> {
  // What is overdue is told though nothing can be scanned for, as before a first deployment.
  const counts = await tellOverdue(context);
  const opened = await scanReviews(context);
  print(json, { opened, ...counts }, [
    ...opened.map(({ trigger, subject }) => `opened ${trigger}: ${subject}`),
    ...(opened.length === 0 ? ['nothing new to review'] : []),
    ...(counts.overdue === 0 ? [] : [`${counts.overdue} of ${counts.open} open reviews are OVERDUE`]),
  ]);
}

/** A scan that fails is told in the log and tried again; Elasticsearch may be away. */
async function scanEvery(
  context: GovernanceContext,
  { statusPort }: ScanOptions,
  minutes: number,
): Promise<void> {
  const [log, signal, metrics] = [createLog(), interruptSignal(), reviewMetrics()];
  let ready = false;
  const status =
    statusPort === undefined ? undefined : await startStatusServer(statusPort, metrics.registry, () => ready);
  try {
    await repeat(minutes * MINUTE_MS, signal, async () => {
      try {
        await refreshRegistry(context.files.folder);
        const counts = await tellOverdue(context);
        metrics.scanned(counts, context.now());
        ready = true;
        if (counts.overdue > 0) log.warn(counts, `${counts.overdue} reviews are OVERDUE`);
        const opened = await scanReviews(context);
        log.info({ opened }, `${opened.length} reviews opened, ${counts.open} were open`);
      } catch (error) {
        log.warn({ err: error }, 'the scan for reviews failed; it is tried again');
      }
    });
  } finally {
    await status?.close();
  }
}
