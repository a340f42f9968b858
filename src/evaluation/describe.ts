import { DAYS_FOR_PRODUCTION } from '../model/training/train.js';
import type { Evaluated } from './evaluated.js';
import type { KeySight } from './sight.js';
import type { Detection } from './tally.js';

/** Keys told one by one; the rest is counted. */
const KEYS_IN_TEXT = 12;
const KEYS_IN_JSON = 1_000;
const REASON_CHARACTERS = 160;

/** The evaluation as one JSON object; docs/evaluation.md says what each key means. */
export function evaluationJson(evaluation: Evaluated): Record<string, unknown> {
  const { baseline, test, splitAt, tallied, keys, encrypted, files } = evaluation;
  const { alerts, alertRate, groups, recall, precision, firstDetection, scores } = tallied;
  return {
    baseline,
    test,
    splitAt: splitAt ?? null,
    alerts,
    alertRate,
    groups,
    recall,
    precision,
    firstDetection,
    scores,
    shortBaseline: evaluation.model.baseline.shortBaseline,
    labelledRecords: tallied.labelledRecords,
    firstAlert: tallied.firstAlert,
    worstFalseAlarms: tallied.worstFalseAlarms,
    keys: keys.slice(0, KEYS_IN_JSON),
    keysInAll: keys.length,
    encrypted,
    skipped: files.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ path, problem }])),
    unparsable: files.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** A split that leaves less than this share of the test's rows before it was most likely meant otherwise. */
const SMALL_SHARE = 0.01;

/** The evaluation as a person reads it. */
export function describeEvaluation(evaluation: Evaluated): string {
  const { baseline, test, splitAt, tallied, model } = evaluation;
  const { alerts, alertRate, groups, scores } = tallied;
  const short = model.baseline.shortBaseline
    ? `SHORT BASELINE: data on ${model.baseline.daysWithData} of the ${DAYS_FOR_PRODUCTION} days that a model for production needs. Daily and weekly habits\nare not in it: these figures say little about a plant.\n`
    : '';
  const lines = [
    `baseline  ${baseline.records} rows, ${baseline.days} days`,
    `test      ${test.records} rows`,
    ...(splitAt === undefined ? [] : [`split at  ${splitAt}`]),
    ...(splitAt !== undefined && baseline.records < SMALL_SHARE * test.records
      ? [
          'SMALL BASELINE: it has hardly any of the rows, and nothing can be held against it; was the split meant so?',
        ]
      : []),
    `alerts    ${alerts} rows below the line (1 in ${alerts === 0 ? '–' : Math.round(1 / alertRate)}), ${groups} groups${tallied.firstAlert === null ? '' : `, the first at ${tallied.firstAlert}`}`,
    ...(scores === null
      ? []
      : [
          `scores    lowest ${scores.min.toFixed(3)}, 0.001 quantile ${scores.p001.toFixed(3)}, median ${scores.median.toFixed(3)} (line -0.15)`,
        ]),
    ...labelLines(evaluation),
    ...falseAlarmLines(evaluation),
    ...sightLines(evaluation.keys),
    ...evaluation.encrypted.map(
      ({ relation, connections }) =>
        `encrypted: ${relation}, ${connections} connections; nothing inside is seen`,
    ),
  ];
  return `${short}${lines.join('\n')}\n`;
}

function labelLines({ tallied }: Evaluated): readonly string[] {
  const names = Object.keys(tallied.recall);
  if (names.length === 0) return ['labels    none: recall and precision are unknown'];
  return names.map((name) => {
    const { [name]: recall = null } = tallied.recall;
    const { [name]: precision = null } = tallied.precision;
    const rows = tallied.labelledRecords[name] ?? 0;
    const found = first(tallied.firstDetection[name] ?? null);
    if (recall === null) return `label     ${name}: no test row bears it, ${found}`;
    return `label     ${name}: ${rows} rows, recall ${recall.toFixed(3)}, precision ${precision?.toFixed(3) ?? '–'}, ${found}`;
  });
}

function first(detection: Detection | null): string {
  if (detection === null) return 'never found';
  return detection.seconds === null
    ? `found at ${detection.at}`
    : `found after ${detection.seconds.toFixed(1)} s`;
}

function falseAlarmLines({ tallied }: Evaluated): readonly string[] {
  const what = Object.keys(tallied.recall).length === 0 ? 'lowest alerts' : 'worst alerts without a label';
  return [
    `${what}${tallied.worstFalseAlarms.length === 0 ? ': none' : ''}`,
    ...tallied.worstFalseAlarms.map(
      ({ at, score, records, relation, reason }) =>
        `  ${score.toFixed(2)}  ${at}  ${records} rows  ${relation}: ${reason.slice(0, REASON_CHARACTERS)}`,
    ),
  ];
}

function sightLines(keys: readonly KeySight[]): readonly string[] {
  const blind = keys.filter(({ interval }) => interval.startsWith('none')).length;
  return [
    `what can be seen, of ${keys.length} keys (relation, function, address); intervals can't be judged in ${blind}`,
    ...keys
      .slice(0, KEYS_IN_TEXT)
      .map(
        ({ log, relation, functionCode, address, testRows, interval, bytes }) =>
          `  ${testRows} rows  ${log}  ${relation} ${functionCode}${address === undefined ? '' : ` @${address}`}: interval ${interval}${log === 'conn' ? `; bytes ${bytes}` : ''}`,
      ),
    ...(keys.length > KEYS_IN_TEXT ? [`  and ${keys.length - KEYS_IN_TEXT} more (--json has them)`] : []),
  ];
}
