import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { importMaintenance } from '../app/importMaintenance.js';
import { connectionFor } from '../config/connection.js';
import { keyReader } from '../config/keys.js';
import { createClient } from '../elasticsearch/client.js';
import { readWindows } from '../elasticsearch/maintenanceStore.js';
import { messageOf } from '../errors.js';
import { readCalendar } from '../maintenance/readCalendar.js';
import { CALENDAR_MAX_BYTES, MaintenanceError, scopeSchema } from '../maintenance/window.js';
import { isZone } from '../maintenance/zone.js';
import { printable } from '../printable.js';
import { namespaceOption, parseInteger, parseTime } from './options.js';

const DAY_MS = 86_400_000;

interface ImportOptions {
  readonly namespace: string;
  readonly calendar?: string;
  readonly timeZone: string;
  readonly asset?: readonly string[];
  readonly zone?: readonly string[];
  readonly back: number;
  readonly ahead: number;
  readonly json?: boolean;
}

interface ListOptions {
  readonly namespace: string;
  readonly from?: number;
  readonly to?: number;
  readonly json?: boolean;
}

export function registerMaintenance(program: Command): void {
  const command = program
    .command('maintenance')
    .description('calendars of planned work: told with the alerts that fall into it; they silence nothing');
  command
    .command('import <file>')
    .description('put the windows of an .ics or YAML calendar in force, in the place of its earlier ones')
    .addOption(namespaceOption())
    .option('--calendar <name>', 'what it is known by when it is imported again; default: the file’s name')
    .addOption(
      new Option('--time-zone <name>', 'of whole days and of times that name no zone')
        .default('UTC')
        .argParser(parseZone),
    )
    .addOption(
      repeated('--asset <address|name>', 'for windows that name no asset and no zone; may be repeated'),
    )
    .addOption(repeated('--zone <name>', 'the same for a zone of the inventory'))
    .option('--back <days>', 'how far back occurrences are taken in', parseInteger(0, 3_660), 90)
    .option('--ahead <days>', 'how far ahead', parseInteger(1, 3_660), 400)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Every occurrence of a recurring event within --back and --ahead becomes a window. A calendar without windows takes the
earlier ones out of force. docs/maintenance.md has the YAML format and how an .ics event names assets and zones.`,
    )
    .action(runImport);
  command
    .command('list')
    .description('the windows in force')
    .addOption(namespaceOption())
    .option('--from <time>', 'default: now', parseTime)
    .option('--to <time>', 'default: 30 days on', parseTime)
    .option('--json', 'print one JSON object')
    .action(runList);
}

async function runImport(file: string, options: ImportOptions): Promise<void> {
  const now = new Date();
  const scope = scopeSchema.safeParse({ assets: options.asset ?? [], zones: options.zone ?? [] });
  if (!scope.success)
    throw new MaintenanceError(
      scope.error.issues.map(({ path, message }) => `--${path.join(' ')}: ${message}`).join('\n'),
      'Give an address, a network or a name of the inventory.',
    );
  const horizon = {
    from: now.getTime() - options.back * DAY_MS,
    to: now.getTime() + options.ahead * DAY_MS,
  };
  const { windows, goingOn } = readCalendar(basename(file), read(file), {
    horizon,
    timeZone: options.timeZone,
    scope: scope.data,
  });
  const calendar = options.calendar ?? basename(file);
  const client = createClient(connectionFor(process.env, 'inventory', keyReader(process.env)));
  try {
    const imported = await importMaintenance(client, options.namespace, calendar, windows, now);
    const until = new Date(horizon.to).toISOString().slice(0, 10);
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ calendar, ...imported, goingOn, until })}\n`);
    else
      process.stdout.write(
        `${calendar}: ${imported.windows} windows until ${until} ${imported.changed ? `in force, in the place of ${imported.before}` : 'are in force already'}\n${goingOn === 0 ? '' : `${goingOn} events go on after that: import again before\n`}`,
      );
  } finally {
    await client.close();
  }
}

async function runList(options: ListOptions): Promise<void> {
  const from = options.from === undefined ? Date.now() : options.from * 1000;
  const to = options.to === undefined ? from + 30 * DAY_MS : options.to * 1000;
  const client = createClient(connectionFor(process.env, 'inventory', keyReader(process.env)));
  try {
    const windows = (await readWindows(client, options.namespace, { from, to })).map((window) => ({
      ...window,
      start: new Date(window.start).toISOString(),
      end: new Date(window.end).toISOString(),
    }));
    if (options.json === true) process.stdout.write(`${JSON.stringify({ windows })}\n`);
    else {
      for (const { start, end, summary, calendar, assets, zones } of windows) {
        const scope = [...assets, ...zones.map((zone) => `zone ${zone}`)].join(', ') || 'whole site';
        // A calendar is somebody else's text.
        process.stdout.write(`${printable(`${start}  ${end}  ${summary}  (${scope}; ${calendar})`)}\n`);
      }
      process.stdout.write(`${windows.length} windows\n`);
    }
  } finally {
    await client.close();
  }
}

function read(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > CALENDAR_MAX_BYTES) throw new Error(`${size} bytes, at most ${CALENDAR_MAX_BYTES} are read`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = messageOf(cause);
    throw new MaintenanceError(`${file} can't be read (${reason})`, 'Check the path and its rights.', {
      cause,
    });
  }
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, earlier: readonly string[] | undefined) => [
    ...(earlier ?? []),
    value,
  ]);
}

function parseZone(value: string): string {
  if (isZone(value)) return value;
  throw new InvalidArgumentError('expected a time zone of the IANA database, such as Europe/Berlin.');
}
