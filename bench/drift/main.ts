import { DRIFT_RULE, type DriftRule } from '../../src/model/drift/reference.js';
import { DRIFT_BYTES_AN_HOUR, RELATION_HOURS, tryRule } from './tryRule.js';
import { hourlyDeviations } from './wanderingMean.js';

/** Prints what each rule of the drift chart costs and finds, for docs/decisions/0004-drift.md. */
const RELATIONS = Number(process.argv[2] ?? 60);
/** The rule in use was chosen on seeds from 1; others confirm it. */
const FIRST_SEED = Number(process.argv[3] ?? 1);

const WANDERS = [
  { share: 0.1, correlationHours: 2 },
  { share: 0.2, correlationHours: 4 },
  { share: 0.3, correlationHours: 12 },
] as const;
const SIGMAS = [1, 2, 5, 10, 20] as const;

const RULES: readonly DriftRule[] = [
  { k: 0.5, base: 5, perCorrelatedHour: 0, overBaseline: 0 },
  { k: 1, base: 15, perCorrelatedHour: 0, overBaseline: 3 },
  ...[2, 3, 4, 5].flatMap((k) =>
    [4, 8].flatMap((base) =>
      [0, 0.25, 1].map((perCorrelatedHour) => ({ k, base, perCorrelatedHour, overBaseline: 1.5 })),
    ),
  ),
];

const print = (line: string) => void process.stdout.write(`${line}\n`);
const sentence = ({ k, base, perCorrelatedHour, overBaseline }: DriftRule) =>
  `k ${k}, h max(${base} + ${perCorrelatedHour} τ, ${overBaseline} B)`;

print(
  `${RELATIONS} relations: 30 days of training, a year without drift, then a week from 250 to 450 bytes.`,
);
print('τ: hours of correlation, as estimated from the training; B: the largest CUSUM of the training.');
print('Strict rate: share of all polls of the week after the latch, median/worst of the relations.');
for (const wander of WANDERS) {
  const relations = Array.from({ length: RELATIONS }, (_, i) =>
    hourlyDeviations(wander, RELATION_HOURS, FIRST_SEED + i),
  );
  print(`\n### The mean wanders by ${wander.share} σ, correlated over ${wander.correlationHours} h\n`);
  print(`| rule | years with a false alarm | ${SIGMAS.map((sigma) => `σ ${sigma}`).join(' | ')} |`);
  print(`| --- | --- | ${SIGMAS.map(() => '---').join(' | ')} |`);
  for (const rule of RULES) {
    const tried = SIGMAS.map((sigma) => tryRule(rule, relations, sigma));
    const alarms = tried.map(({ falseAlarms }) => falseAlarms);
    const rates = tried.map((t) => `${t.strictMedian.toFixed(3)}/${t.strictWorst.toFixed(3)}`);
    const inUse = sentence(rule) === sentence(DRIFT_RULE) ? ' (in use)' : '';
    print(`| ${sentence(rule)}${inUse} | ${spread(alarms)} | ${rates.join(' | ')} |`);
  }
  print(`\n${excursions(relations)}`);
}

function spread(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${most}` : `${least}–${most}`;
}

/** How often the mean alone goes as far as the drift has gone when a strict rate of 0.90 at σ 20 asks for the alarm. */
function excursions(relations: readonly Float64Array[]): string {
  const sigma = 20;
  const hours = 0.1 * 7 * 24;
  const bytes = hours * DRIFT_BYTES_AN_HOUR;
  const years = relations.filter((deviations) => deviations.some((d) => Math.abs(sigma * d) >= bytes)).length;
  return `A strict rate of 0.90 at σ ${sigma} asks for the alarm when the drift has moved ${bytes.toFixed(0)} bytes (${hours} h); an hourly mean strays that far by itself in ${years} of ${relations.length} years.`;
}
