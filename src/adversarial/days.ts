import { isoOf } from '../isoTime.js';
import type { Model } from '../model/artifact.js';
import type { GateDays } from './result.js';

const DAY = 86_400;

/** The days of the model's own window, dealt out: seconds since the epoch, ends excluded. */
export interface DealtDays {
  readonly from: number;
  readonly calibrationFrom: number;
  readonly gateFrom: number;
  readonly to: number;
}

/**
 * The last week of the window is held out for the gate, the three days before it measure the noise that attacks are
 * drawn with, and the copy of the model is trained on the rest. A shorter window is dealt in the same shares.
 */
export function dealDays({ options }: Model): DealtDays {
  const from = Date.parse(options.from) / 1000;
  const to = Date.parse(options.to) / 1000;
  const days = Math.floor((to - from) / DAY);
  const gate = Math.max(1, Math.min(7, Math.floor(days * 0.23)));
  const calibration = Math.max(1, Math.min(3, Math.floor(days * 0.1)));
  return { from, calibrationFrom: to - (gate + calibration) * DAY, gateFrom: to - gate * DAY, to };
}

export function describeDays({ from, calibrationFrom, gateFrom, to }: DealtDays): GateDays {
  const span = (a: number, b: number) => ({ from: isoOf(a), to: isoOf(b) });
  return {
    baseline: span(from, calibrationFrom),
    calibration: span(calibrationFrom, gateFrom),
    gate: span(gateFrom, to),
  };
}
