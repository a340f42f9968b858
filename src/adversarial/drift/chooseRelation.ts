import type { Model } from '../../model/artifact.js';
import { type Group, groupOf } from '../group.js';
import type { Noise } from '../noise.js';
import { ARTICLE, POLLS_AN_HOUR } from './article.js';
import type { PolledRelation } from './polls.js';

/** Addresses for documentation (RFC 5737): the planted relation is nobody's. */
const PLANTED = { source: '192.0.2.10', destination: '192.0.2.20' } as const;

/** Where no relation of the plant is logged with bytes a poll: two per cent of the level, a fifth of it wandering. */
const ASSUMED: Noise = { sigma: 5, wander: 1, correlationHours: 3 };

/** No relation is tried at less than a byte of noise, a third of it wandering: three quiet days prove nothing. */
const AT_LEAST = { sigma: 1, wander: 0.3, correlationHours: 1 } as const satisfies Noise;
const RELATIONS_AT_MOST = 20;

/**
 * Relations that the article's test can be about: those that connect for each poll, and whose bytes have a drift chart.
 * Those first whose hourly means varied most in the baseline, for their size.
 */
export function polledRelations({ baseline }: Model): readonly Group[] {
  const polled = Object.entries(baseline.drift).flatMap(([series, { mean, sd }]) => {
    if (!series.startsWith('origBytes|') || mean <= 0) return [];
    const key = `conn|${series.slice('origBytes|'.length)}|-`;
    const sight = Object.hasOwn(baseline.intervals, key) ? baseline.intervals[key]?.sight : undefined;
    return sight === 'own' || sight === 'pooled' ? [{ group: groupOf(key), noise: sd / mean }] : [];
  });
  return polled
    .sort((a, b) => b.noise - a.noise)
    .slice(0, RELATIONS_AT_MOST)
    .map(({ group }) => group);
}

/** How much the hourly mean of 250 bytes would wander with this noise: what a drift has to rise above. */
export function restlessness({ wander, sigma, mean }: Noise & { readonly mean: number }): number {
  return mean <= 0 ? 0 : (ARTICLE.from / mean) * Math.hypot(wander, sigma / Math.sqrt(POLLS_AN_HOUR));
}

/**
 * The article's relation: 250 bytes each half second, with a relation's own noise for its size.
 *
 * @param measured of the relation's bytes, on the calibration days
 */
export function articleRelation(
  group: Group | undefined,
  measured: (Noise & { readonly mean: number }) | undefined,
  pollsAnHour: number = POLLS_AN_HOUR,
): PolledRelation {
  const scale = measured === undefined || measured.mean <= 0 ? 0 : ARTICLE.from / measured.mean;
  const noise: Noise =
    measured === undefined || scale === 0
      ? ASSUMED
      : {
          sigma: Math.max(AT_LEAST.sigma, measured.sigma * scale),
          wander: Math.max(AT_LEAST.wander, measured.wander * scale),
          correlationHours: Math.max(AT_LEAST.correlationHours, measured.correlationHours),
        };
  return {
    group: {
      log: 'conn',
      sensor: group?.sensor ?? '-',
      vlan: group?.vlan ?? '-',
      ...PLANTED,
      port: 502,
      protocol: 'modbus',
      unit: '-',
      functionCode: '-',
    },
    level: ARTICLE.from,
    noise,
    respBytes: ARTICLE.from,
    pollsAnHour,
  };
}
