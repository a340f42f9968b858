import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import {
  type EvaluateTriageOptions,
  evaluateGuardrails,
  evaluateModel,
  readAdversarialAnswers,
  readGoldenSet,
} from '../app/triage/evaluateTriage.js';
import { llmSettings } from '../config/llm.js';
import { llmBreaker } from '../llm/breaker.js';
import { DailyCap } from '../llm/dailyCap.js';
import { messagesApi } from '../llm/messagesApi.js';
import { readSystemPrompt } from '../llm/systemPrompt.js';
import { byProtocol, type Figures, figures, type Judged, toReview } from '../triage/golden/tally.js';
import { interruptSignal } from './interrupt.js';
import { plainProgress } from './progress.js';

interface Options {
  readonly golden?: string;
  readonly guardrails?: boolean;
  readonly json?: boolean;
}

export function registerTriageEval(program: Command): void {
  program
    .command('triage-eval')
    .description('ask the configured LLM about labelled cases, or hold the guardrails to adversarial answers')
    .option('--golden <file>', 'labelled twins; default: policies/triage/golden-set.yaml')
    .option('--guardrails', 'no model: the recorded adversarial answers only')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Reads the same settings as "triage". Without a key it holds the guardrails to policies/triage/adversarial-answers.yaml.
Exits with 1 if anything unsafe came through, or a protocol needs a review.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const settings = llmSettings(process.env);
  const cases = readGoldenSet(options.golden);
  const progress = plainProgress();
  const prompt = readSystemPrompt();
  const signal = interruptSignal();
  const evaluation: EvaluateTriageOptions = {
    cases,
    signal,
    parts: {
      breaker: llmBreaker(cases.length * 100),
      cap: new DailyCap({ tokens: Number.MAX_SAFE_INTEGER, cost: undefined, price: undefined }),
      prompt,
      settings,
      pseudonymKey: settings.pseudonymKey ?? randomBytes(32).toString('base64url'),
      newNonce: () => randomBytes(12).toString('hex'),
    },
    onJudged: (done, of) => progress.update(`${done} of ${of} answers judged`),
  };
  const { apiKey } = settings;
  const recorded = options.guardrails === true || apiKey === undefined;
  const judged = recorded
    ? await evaluateGuardrails(readAdversarialAnswers(), evaluation)
    : await evaluateModel(messagesApi({ ...settings, apiKey }), evaluation);
  progress.end();
  const rows = byProtocol(judged);
  const review = recorded ? [] : toReview(rows);
  const all = figures('all', judged);
  const what = recorded ? 'guardrails, on recorded adversarial answers' : `model ${settings.model}`;
  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ evaluated: recorded ? 'guardrails' : settings.model, prompt: { version: prompt.version, sha256: prompt.sha256 }, cases: cases.length, all, protocols: rows, review })}\n`,
    );
  else
    process.stdout.write(
      report(
        what,
        `prompt ${prompt.version}, ${cases.length} cases`,
        [...rows, all],
        judged,
        review,
        recorded,
      ),
    );
  if (all.unsafe > 0 || review.length > 0) process.exitCode = 1;
  if (signal.aborted) process.exitCode = 130;
}

function report(
  what: string,
  on: string,
  rows: readonly Figures[],
  judged: readonly Judged[],
  review: readonly string[],
  recorded: boolean,
): string {
  const share = (part: number, of: number) => (of === 0 ? '–' : `${part}/${of}`);
  const table = rows.map((row) => [
    row.protocol,
    String(row.cases),
    String(row.unsafe),
    share(row.grounded, row.answered),
    // Recorded answers are wrong on purpose: how right they are says nothing.
    ...(recorded
      ? []
      : [share(row.right, row.cases), share(row.escalated, row.urgent), share(row.fooled, row.injections)]),
  ]);
  const head = [
    'protocol',
    'answers',
    'unsafe',
    'grounded',
    ...(recorded ? [] : ['right', 'escalated', 'fooled']),
  ];
  const widths = head.map((name, i) => Math.max(name.length, ...table.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const unsafe = judged
    .filter(({ judgement }) => judgement.unsafe.length > 0)
    .slice(0, 20)
    .map(({ one, judgement }) => `unsafe: ${one.id}: ${judgement.unsafe.join(', ')}`);
  const reviews = review.map((protocol) => `review needed: ${protocol} is answered wrongly too often`);
  return `${[`${what} (${on})`, line(head), ...table.map(line), ...unsafe, ...reviews].join('\n')}\n`;
}
