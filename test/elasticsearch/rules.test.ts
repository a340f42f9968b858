import { beforeAll, describe, expect, it } from 'vitest';
import { RULES } from '../../src/kibana/rules/index.js';
import type { Case, Rule } from '../../src/kibana/rules/rule.js';
import { searchedRule } from '../fixtures/detectionRules.js';
import { cluster, uniqueNamespace } from './cluster.js';
import { installAssets } from './installAssets.js';
import { type Arrivals, nodeClock, runAbsence, runRule } from './ruleRunner.js';
import { SampleWriter } from './ruleSamples.js';

const client = cluster();
const namespace = uniqueNamespace();
const writer = new SampleWriter(client, namespace);

beforeAll(() => installAssets(namespace));

/** Brings a case's documents in and runs the rule as shipped over what arrived, as Kibana would. */
async function findings(rule: Rule, { before = [], documents }: Case): Promise<readonly unknown[]> {
  const historyFrom = await nodeClock(client);
  await writer.write(before);
  const from = before.length === 0 ? historyFrom : await nodeClock(client);
  const alerts = await writer.write(documents);
  const arrivals: Arrivals = { from, to: await nodeClock(client), historyFrom };
  if (rule.type === 'absence') return runAbsence(client, rule, namespace, arrivals, alerts);
  return runRule(client, searchedRule(rule.name), namespace, arrivals);
}

describe.each(RULES.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
  it.each(rule.firesOn.map((sample) => [sample.what, sample] as const))('fires on %s', async (_, sample) => {
    expect((await findings(rule, sample)).length).toBeGreaterThan(0);
  });

  it.each(rule.silentOn.map((sample) => [sample.what, sample] as const))(
    'is silent on %s',
    async (_, sample) => {
      expect(await findings(rule, sample)).toEqual([]);
    },
  );
});
