import type { OtRecord } from '../../features/otRecord.js';
import { groupKey } from '../../features/relation.js';
import type { Model } from '../../model/artifact.js';
import { type ExpectedPartners, type ReviewFinding, reviewTraining } from '../../model/training/review.js';
import { type TrainingOptions, train } from '../../model/training/train.js';
import { childKey, gaussian, generator, integer, type Key } from '../../simulator/random.js';
import { ATLAS, type Atlas } from '../atlas.js';
import { ARTICLE } from '../drift/article.js';
import { COURSES, type Course } from '../drift/courses.js';
import { hourlyDrift } from '../drift/hourlyDrift.js';
import { type PolledRelation, polledBaseline } from '../drift/polls.js';
import { drive } from '../drive.js';
import { readers, strangerOf, writesOf } from '../evasion/roles.js';
import { type Group, zeekRow } from '../group.js';
import type { PoisoningResult } from '../result.js';
import { type SubPlant, subPlantOf, withRelations } from '../subPlant.js';
import { footholdRows } from './foothold.js';

/** What an attacker put into the training, and how to tell whether it paid. */
interface Poison {
  readonly name: string;
  readonly atlas: Atlas;
  readonly what: string;
  readonly days: number;
  readonly placed: string;
  /** whether it concerns whom the inventory expects: a poison without a relation of its own can't show in it */
  readonly added: readonly SubPlant[];
  /** words that a finding's subject must hold to be about it */
  readonly traces: readonly string[];
  readonly misses: (model: Model) => boolean;
}

export interface PoisoningOptions {
  readonly model: Model;
  readonly plant: SubPlant;
  readonly training: TrainingOptions;
  readonly key: Key;
  readonly inventory: ExpectedPartners;
  readonly polled: PolledRelation | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, of: number) => void;
}

/** A forest of the full size grown two dozen times would only cost minutes: novelty and charts decide here. */
const TREES = 50;
const DURATIONS = [1, 2, 3, 5, 7, 10, 14, 21, 30] as const;

/**
 * Poisons the training in many ways, each time trains a small copy on it, and asks two things: would the review of
 * that training have shown it, with and without an inventory; and would the model then say nothing of the attack.
 */
export async function poisonings(options: PoisoningOptions): Promise<readonly PoisoningResult[]> {
  const inventory = withListed(options.inventory, options.polled);
  const poisons = [...footholds(options), ...chaff(options), ...learntDrift(options)];
  const clean = await trainOn(options, []);
  const noise = new Set(clean === undefined ? [] : findingsOf(clean.evidence, inventory).map(identity));
  const results: PoisoningResult[] = [];
  for (const [i, poison] of poisons.entries()) {
    const trained = await trainOn(options, poison.added);
    options.onProgress(i + 1, poisons.length);
    if (options.signal.aborted) break;
    if (trained === undefined) continue;
    const missedByModel = poison.misses(trained.model);
    for (const withInventory of [true, false]) {
      const signs = findingsOf(trained.evidence, withInventory ? inventory : undefined)
        // A sign that a clean training shows as well tells nobody anything.
        .filter((finding) => !noise.has(identity(finding)) && isAbout(finding, poison.traces))
        .map(({ check }) => check);
      results.push({
        name: poison.name,
        atlas: poison.atlas,
        what: poison.what,
        days: poison.days,
        placed: poison.placed,
        inventory: withInventory,
        caughtAtTraining: signs.length > 0,
        signs: [...new Set(signs)],
        missedByModel,
      });
    }
    await new Promise((resume) => setImmediate(resume)); // lets a signal through
  }
  return results;
}

async function trainOn({ plant, training }: PoisoningOptions, added: readonly SubPlant[]) {
  const result = await train(withRelations(plant, added), {
    ...training,
    trees: Math.min(TREES, training.trees),
    acceptShortBaseline: true,
    daysAtLeast: 1,
  });
  return 'refusal' in result ? undefined : result;
}

function findingsOf(
  evidence: Parameters<typeof reviewTraining>[0],
  inventory: ExpectedPartners | undefined,
): readonly ReviewFinding[] {
  return reviewTraining(evidence, { inventory, openAnomalies: undefined }).findings;
}

/** The planted relation stands for one of the plant's own: an inventory would name it. */
function withListed(inventory: ExpectedPartners, polled: PolledRelation | undefined): ExpectedPartners {
  const planted = new Set(polled === undefined ? [] : [polled.group.source, polled.group.destination]);
  return { ...inventory, isListed: (address) => planted.has(address) || inventory.isListed(address) };
}

const identity = ({ check, subject }: ReviewFinding) => `${check}|${subject}`;

function isAbout({ subject, check }: ReviewFinding, traces: readonly string[]): boolean {
  return check === 'never-seen-share' || traces.some((trace) => subject.includes(trace));
}

/** A host that comes in, stays for some days of the window, and comes back to write once the model is in production. */
function footholds({ model, training, key }: PoisoningOptions): readonly Poison[] {
  const reads = readers(model)[0];
  if (reads === undefined) return [];
  const source = strangerOf(model);
  const group = { ...reads, source };
  const writes = { ...group, functionCode: writesOf(group.protocol)[0] ?? '-' };
  const windowDays = Math.floor((training.to - training.from) / 86_400);
  return DURATIONS.filter((days) => days <= windowDays).flatMap((days) =>
    placements(windowDays, days, childKey(key, 'placed', days)).map(
      ([placed, firstDay]): Poison => ({
        name: 'foothold',
        atlas: ATLAS.poison,
        what: 'an unknown host reads and writes three times a day, and goes on when the model is in production',
        days,
        placed,
        added: [
          subPlantOf(footholdRows({ reads: group, writes }, { from: training.from, firstDay, days, key })),
        ],
        traces: [source],
        misses: (poisoned) => saysNothing(poisoned, writes, training.to),
      }),
    ),
  );
}

function placements(windowDays: number, days: number, key: Key): readonly (readonly [string, number])[] {
  const latest = windowDays - days;
  const places: [string, number][] = [
    ['at the start', 0],
    ['in the middle', Math.floor(latest / 2)],
    ['at the end', latest],
    ['anywhere', integer(generator(key), 0, latest)],
  ];
  return places.filter(([, day], i) => places.findIndex(([, other]) => other === day) === i);
}

/** Whether the attack, a few writes within half an hour of a working day, draws no alert: no more than nobody is asked about. */
function saysNothing(model: Model, group: Group, to: number): boolean {
  const begin = (Math.floor(to / 86_400) + 1) * 86_400 + 10 * 3600;
  const rows = Array.from({ length: WRITES }, (_, i) =>
    zeekRow(group, { ts: begin + i * 360, uid: 'CgateBack' }),
  );
  return !drive(model, rows).flagged.includes(true);
}

const WRITES = 5;

const CHAFF_SOURCES = 40;

/** Noise put there to be learnt: scattered intervals in a relation, or sources that come once and never again. */
function chaff({ model, plant, training, key }: PoisoningOptions): readonly Poison[] {
  const known = readers(model)[0];
  if (known === undefined) return [];
  const days = Math.min(5, Math.floor((training.to - training.from) / 86_400));
  const network = strangerOf(model).split('.').slice(0, 2).join('.');
  const sources = Array.from({ length: CHAFF_SOURCES }, (_, i) => `${network}.240.${i + 1}`);
  const once: OtRecord[] = sources.flatMap((source, i) => [
    ...footholdRows(
      { reads: { ...known, source }, writes: { ...known, source } },
      {
        from: training.from,
        firstDay: 8 + (i % days),
        days: 1,
        key: childKey(key, 'chaff', i),
      },
    ),
  ]);
  const stranger = { ...known, source: strangerOf(model), functionCode: writesOf(known.protocol)[0] ?? '-' };
  return [
    {
      name: 'chaff-sources',
      atlas: ATLAS.chaff,
      what: `${CHAFF_SOURCES} sources that come on one day each, so that rare things count as usual`,
      days,
      placed: 'in the middle',
      added: [subPlantOf(once)],
      traces: sources,
      misses: (poisoned) =>
        (poisoned.algorithm === 'isolation-forest' && !poisoned.forest.canAlert) ||
        saysNothing(poisoned, stranger, training.to),
    },
    ...scatteredRhythm(known, plant, { model, training, key, days }),
  ];
}

function scatteredRhythm(
  known: Group,
  plant: SubPlant,
  { training, key, days }: { model: Model; training: TrainingOptions; key: Key; days: number },
): readonly Poison[] {
  const groupRows = [...plant.rows].find(([, stretches]) => stretches.some((stretch) => stretch.length > 0));
  if (groupRows === undefined) return [];
  const random = generator(childKey(key, 'scatter'));
  const rows: OtRecord[] = [];
  const example =
    groupRows[1].flat().find((record) => record.source === known.source) ?? groupRows[1].flat()[0];
  if (example === undefined) return [];
  const begin = training.to - (days + 1) * 86_400;
  for (let day = 0; day < days; day++) {
    let ts = begin + day * 86_400;
    for (let i = 0; i < 300; i++) {
      ts += Math.exp(gaussian(random) * 1.5);
      rows.push({ ...example, ts, uid: `Cscatter${day}` });
    }
  }
  const key0 = groupKey(example);
  return [
    {
      name: 'chaff-rhythm',
      atlas: ATLAS.chaff,
      what: 'scattered polls amidst a known relation’s, so that no interval of it is odd any more',
      days,
      placed: 'at the end',
      added: [subPlantOf(rows)],
      traces: [key0],
      misses: (poisoned) => {
        const found = Object.entries(poisoned.baseline.intervals).find(([sequence]) =>
          sequence.startsWith(key0),
        );
        if (found === undefined || found[1].sight !== 'own') return true;
        return found[1].rarityCutOff === null && found[1].runCutOff === null;
      },
    },
  ];
}

/** A drift that was under way while the baseline was taken widens what the chart takes for usual. */
function learntDrift({ polled, training, key }: PoisoningOptions): readonly Poison[] {
  if (polled === undefined) return [];
  const whole = polledBaseline(polled, { from: training.from, to: training.to, key, rowsAtMost: 4_000 });
  const span = training.to - training.from;
  return [0.2, 0.8].map(
    (share): Poison => ({
      name: 'learnt-drift',
      atlas: ATLAS.poison,
      what: `the bytes of a relation grow by ${Math.round(100 * share)} % over the whole window, and on in production`,
      days: Math.floor(span / 86_400),
      placed: 'all along',
      added: [
        {
          counts: whole.counts,
          rows: new Map(
            [...whole.rows].map(([group, stretches]) => [
              group,
              stretches.map((stretch) =>
                stretch.map((record) => ({
                  ...record,
                  origBytes: Math.round(
                    (record.origBytes ?? 0) + (share * polled.level * (record.ts - training.from)) / span,
                  ),
                })),
              ),
            ]),
          ),
        },
      ],
      traces: [polled.group.destination],
      misses: (poisoned) => {
        const reference = Object.entries(poisoned.baseline.drift).find(
          ([series]) => series.startsWith('origBytes|') && series.includes(polled.group.destination),
        )?.[1];
        if (reference === undefined) return true;
        const course = COURSES[0] as Course;
        const { detectionHours } = hourlyDrift({
          reference,
          course,
          goal: (ARTICLE.to / ARTICLE.from - 1) * polled.level,
          // In production it goes on from where the window left it.
          deviation: () => polled.level * (1 + share) - reference.mean,
          envelope: { least: 0, most: polled.level * (1 + share) },
        });
        return detectionHours === null;
      },
    }),
  );
}
