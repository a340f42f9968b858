import { seeded } from '../forestRows.js';

/** How the mean of a relation's bytes wanders from hour to hour. */
export interface Wander {
  /** standard deviation of the wandering mean, in σ: the standard deviation from poll to poll */
  readonly share: number;
  /** hours over which the mean keeps its deviation (Ornstein–Uhlenbeck) */
  readonly correlationHours: number;
}

/** The article polls twice a second. */
export const POLLS_AN_HOUR = 7_200;
const STEPS_AN_HOUR = 6;

/** @returns by how many σ each hour's mean of all its polls deviates */
export function hourlyDeviations(
  { share, correlationHours }: Wander,
  hours: number,
  seed: number,
): Float64Array {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const kept = Math.exp(-1 / (STEPS_AN_HOUR * correlationHours));
  const renewed = Math.sqrt(1 - kept * kept);
  let deviation = normal();
  return Float64Array.from({ length: hours }, () => {
    let sum = 0;
    for (let step = 0; step < STEPS_AN_HOUR; step++) {
      deviation = kept * deviation + renewed * normal();
      sum += deviation;
    }
    return (share * sum) / STEPS_AN_HOUR + normal() / Math.sqrt(POLLS_AN_HOUR);
  });
}
