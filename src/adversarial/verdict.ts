import type { GateReport, PoisoningResult } from './result.js';

type Parts = Pick<GateReport, 'drift' | 'falsePositives' | 'evasion' | 'poisoning' | 'floors'>;

/** Why the model may not be deployed: every part that it fails, with its figure and what to do. Empty: it passed. */
export function reasonsAgainst(parts: Parts): readonly string[] {
  return [
    ...driftReasons(parts),
    ...falsePositiveReasons(parts),
    ...evasionReasons(parts),
    ...poisoningReasons(parts),
  ];
}

function driftReasons({ drift, floors }: Parts): readonly string[] {
  const reasons: string[] = [];
  const day = drift.firstDetectionDay ?? null;
  if (drift.relation === null)
    reasons.push(
      'drift: no relation of this baseline is logged with bytes a poll, so the article’s test can’t be run; ' +
        'log conn.log of a master that connects for each poll, or modbus_detailed, and train again',
    );
  else if (drift.strictRate < floors.drift_strict_rate)
    reasons.push(
      `drift: ${percent(drift.strictRate)} of the drifting polls were found, ${percent(floors.drift_strict_rate)} are needed; ` +
        'train on a longer window, or one whose mean wanders less',
    );
  if (drift.relation !== null && (day === null || day > floors.drift_first_detection_day))
    reasons.push(
      `drift: first found ${day === null ? 'never' : `on day ${day}`}, day ${floors.drift_first_detection_day} of 7 is the latest; do not deploy`,
    );
  if (drift.twin?.latched === true)
    reasons.push(
      'drift: a chart latched in the run without drift; it would accuse ordinary noise: train on a longer window',
    );
  for (const { name, sigma, passed, detectionHours, twinLatched } of drift.variants) {
    if (passed) continue;
    const why = twinLatched
      ? 'its twin without drift latched'
      : detectionHours === null
        ? 'never found'
        : `found after ${detectionHours} h`;
    reasons.push(`drift (${name}, σ ${sigma}): ${why}; train on a longer window`);
  }
  if (drift.writtenSetpoint === 'fail')
    reasons.push(
      'drift: setpoints are written and logged, and the model has no chart that finds them drifting; train on a window with more writes of them',
    );
  return reasons;
}

function falsePositiveReasons({ falsePositives: fp, floors }: Parts): readonly string[] {
  const reasons: string[] = [];
  const worst = fp.worst[0] === undefined ? '' : ` (worst: ${fp.worst[0]})`;
  if (fp.records === 0)
    return ['false positives: no held-out row could be judged; choose a window whose last days hold data'];
  if (fp.rate > floors.false_positive_rate)
    reasons.push(
      `false positives: ${fp.flagged} of ${fp.records} held-out records (${fp.rate.toExponential(1)}), at most ${floors.false_positive_rate} are allowed${worst}; ` +
        'look whether they are normal: if so train on a window that holds them, if not don’t train on them at all',
    );
  if (fp.alertsPerShift > floors.alerts_per_shift)
    reasons.push(
      `false positives: ${fp.alertsPerShift.toFixed(2)} alerts a shift, at most ${floors.alerts_per_shift} are allowed${worst}`,
    );
  return reasons;
}

function evasionReasons({ evasion }: Parts): readonly string[] {
  return evasion
    .filter(({ passed }) => !passed)
    .map(
      ({ name, unseen, goal, unit, floor, what }) =>
        `evasion (${name}): ${unseen} of ${goal} ${unit} done unseen, at most ${floor ?? goal} are allowed: ${what}; do not deploy`,
    );
}

function poisoningReasons({ poisoning, floors }: Parts): readonly string[] {
  return [true, false].flatMap((inventory) => {
    const harmful = harmfulOf(poisoning, inventory);
    const caught = caughtShare(poisoning, inventory);
    const floor = inventory
      ? floors.poisoning_caught.with_inventory
      : floors.poisoning_caught.without_inventory;
    if (caught === null || caught >= floor) return [];
    const missed = harmful
      .filter(({ caughtAtTraining }) => !caughtAtTraining)
      .map(({ name, days, placed }) => `${name} ${days} d ${placed}`);
    return [
      `poisoning: ${percent(caught)} of what would blind the model is noticed at training ${inventory ? 'with' : 'without'} an inventory, ` +
        `${percent(floor)} are needed (missed: ${missed.slice(0, 5).join(', ')}); train on a longer window`,
    ];
  });
}

/** Poisonings that the model would pay for. */
export function harmfulOf(
  poisoning: readonly PoisoningResult[],
  inventory: boolean,
): readonly PoisoningResult[] {
  return poisoning.filter((one) => one.inventory === inventory && one.missedByModel);
}

/** Of those, the share that a reader of the training's review would have been shown; null where none did harm. */
export function caughtShare(poisoning: readonly PoisoningResult[], inventory: boolean): number | null {
  const harmful = harmfulOf(poisoning, inventory);
  if (harmful.length === 0) return null;
  return harmful.filter(({ caughtAtTraining }) => caughtAtTraining).length / harmful.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
