import { printable } from '../printable.js';
import type { FeatureCoverage, GateReport } from './result.js';
import { caughtShare, harmfulOf } from './verdict.js';

/** The gate's section of the model card: Markdown. */
export function gateSection(report: GateReport): string {
  const { passed, reasons, drift, falsePositives: fp, evasion, days } = report;
  const lines = [
    passed ? '**Passed.**' : '**Failed: this model can’t be deployed.**',
    ...(passed ? [] : ['', ...reasons.map((reason) => `- ${code(reason)}`)]),
    '',
    `On a copy trained on ${day(days.baseline.from)} to ${day(days.baseline.to)}, its noise measured on the days to ${day(days.calibration.to)}, judged on those to ${day(days.gate.to)} (ends excluded); seed ${report.seed}.`,
    '',
    '| tried | result |',
    '| --- | --- |',
    `| slow drift, 250 → 450 bytes in 7 days (${drift.relation === null ? 'no relation of this plant is logged with bytes a poll: at an assumed noise' : `at the noise of ${code(drift.relation)}`}${drift.noise === null ? '' : `, σ ${drift.noise.sigma}, wandering ${drift.noise.wander}`}) | ${percent(drift.strictRate)} of ${drift.polls ?? 0} polls, first after ${drift.firstDetectionHours ?? '–'} h; outside the baseline’s envelope ${percent(drift.envelopeRate ?? 0)}; without latch ${percent(drift.unlatchedRate ?? 0)} |`,
    `| the same without drift | ${drift.twin?.latched === true ? '**a chart latched**' : 'no chart latched'}, ${percent(drift.twin?.flaggedRate ?? 0)} of the polls flagged |`,
    `| drifting set points that are written, bytes as they were | ${drift.writtenSetpoint === 'not-covered' ? 'not covered: no log of this plant holds written values' : drift.writtenSetpoint} |`,
    `| drift over connections kept open | ${drift.persistent.text} |`,
    `| held-out normal days | ${fp.flagged} of ${fp.records} records flagged (${fp.rate.toExponential(1)}), ${fp.alertsPerShift.toFixed(2)} alerts a shift |`,
    ...evasion.map(
      ({ name, what, unseen, goal, unit, floor }) =>
        `| ${name}: ${code(what)} | ${unseen} of ${goal} ${unit} unseen${floor === null ? '' : `, at most ${floor} allowed`} |`,
    ),
    ...[true, false].map((inventory) => {
      const harmful = harmfulOf(report.poisoning, inventory).length;
      const caught = caughtShare(report.poisoning, inventory);
      return `| poisoning ${inventory ? `with ${report.inventory === 'site' ? 'the' : 'an assumed'} inventory` : 'without an inventory'} | of ${harmful} that would blind it, ${caught === null ? '–' : percent(caught)} show in the training’s review |`;
    }),
    '',
    'Where +80 % or −80 % in seven days would be found, each series at its own noise:',
    '',
    '| series | could be logged | have a chart | found as the policy asks | strict rate, median and worst |',
    '| --- | --- | --- | --- | --- |',
    ...drift.coverage.map(coverageLine),
    '',
  ];
  return `## Adversarial gate\n\n${lines.join('\n')}`;
}

const FEATURE_NAMES: Readonly<Record<FeatureCoverage['feature'], string>> = {
  origBytes: 'bytes from the originator, by relation',
  respBytes: 'bytes from the responder, by relation',
  interval: 'intervals, by sequence',
  value: 'values read, by function',
  writtenValue: 'values written, by function',
};

function coverageLine({
  feature,
  series,
  charted,
  covered,
  medianStrictRate: median,
  worstStrictRate: worst,
}: FeatureCoverage): string {
  const rates = median === null || worst === null ? '–' : `${median.toFixed(3)}, ${worst.toFixed(3)}`;
  return `| ${FEATURE_NAMES[feature]} | ${series === 0 ? 'not logged' : series} | ${charted} | ${covered} | ${rates} |`;
}

/** The result as a person reads it on a terminal. */
export function describeGate(report: GateReport): string {
  const { drift, falsePositives: fp, evasion, poisoning } = report;
  const variants = drift.variants.filter(({ passed }) => passed).length;
  return [
    report.passed ? 'PASSED' : 'FAILED: this model must not be deployed',
    ...report.reasons.map((reason) => `  - ${printable(reason)}`),
    '',
    `drift             ${percent(drift.strictRate)} of ${drift.polls ?? 0} polls, first on day ${drift.firstDetectionDay ?? '–'} (${drift.firstDetectionHours ?? '–'} h); outside the envelope ${percent(drift.envelopeRate ?? 0)}; unlatched ${percent(drift.unlatchedRate ?? 0)}`,
    `  twin            ${drift.twin?.latched === true ? 'a chart latched' : 'no latch'}, ${percent(drift.twin?.flaggedRate ?? 0)} flagged`,
    `  variants        ${variants} of ${drift.variants.length} found in time without a false latch`,
    `  set points      ${drift.writtenSetpoint}`,
    `  kept open       ${drift.persistent.text}`,
    `false positives   ${fp.flagged} of ${fp.records} records (${fp.rate.toExponential(1)}; goal 1e-4 ${fp.goalReached ? 'reached' : 'not reached'}), ${fp.alertsPerShift.toFixed(2)} alerts a shift`,
    ...evasion.map(
      ({ name, unseen, goal, unit, floor, firstDetectionSeconds: first }) =>
        `evasion           ${name}: ${unseen} of ${goal} ${unit} unseen${floor === null ? '' : ` (at most ${floor})`}, ${first === null ? 'never found' : `found after ${first} s`}`,
    ),
    ...[true, false].map((inventory) => {
      const caught = caughtShare(poisoning, inventory);
      return `poisoning         ${inventory ? 'with' : 'without'} inventory: ${harmfulOf(poisoning, inventory).length} blind the model, ${caught === null ? '–' : percent(caught)} of them show at training`;
    }),
    '',
  ].join('\n');
}

/** Names from the network stand in code spans, on one line. */
function code(text: string): string {
  return `\`${printable(text).replace(/[`|]/g, ' ')}\``;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function day(iso: string): string {
  return iso.slice(0, 10);
}
