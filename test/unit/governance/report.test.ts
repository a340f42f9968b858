import { describe, expect, it } from 'vitest';
import { renderHtml, renderMarkdown } from '../../../src/governance/report/render.js';
import { type ReportFacts, sectionsOf } from '../../../src/governance/report/sections.js';

const digest = (letter: string) => letter.repeat(64);
const facts: ReportFacts = {
  namespace: 'plant',
  from: '2026-01-01T00:00:00Z',
  to: '2026-04-01T00:00:00Z',
  at: '2026-04-02T00:00:00Z',
  policies: { digests: { approvers: digest('a') }, people: [['lena', 'ot-security-lead']] },
  production: [`In production: model ${digest('b')}, deployment 2, alerts below -0.15.`],
  deployments: [],
  deploymentProblems: [],
  models: [{ sha256: digest('b'), window: '2026', stage: ['production'], notes: ['gate passed'] }],
  requests: [],
  chain: { records: 12, head: { sequence: 12, sha256: digest('c') }, anchored: 12, problems: [] },
  anchorFile: '/anchor',
  acts: [{ action: 'model-deployed', count: 2 }],
  boundary: [{ at: '2026-03-01T00:00:00Z', message: 'ot_anomaly_scorer can do what its role says' }],
  decisions: [{ action: 'dismiss', author: 'anna', count: 3 }],
  incidents: [],
  reviews: [
    {
      id: 'retrain:b',
      trigger: 'retrain',
      subject: 'b',
      openedAt: '2026-03-01T00:00:00Z',
      due: '2026-03-08T00:00:00Z',
      doneAt: undefined,
    },
  ],
};

describe('an auditor’s pack', () => {
  it('says first what is wrong, and nothing of it where nothing is', () => {
    const problems = (changed: Partial<ReportFacts>) =>
      sectionsOf({ ...facts, ...changed })[0]?.lines.filter((line) => line.startsWith('PROBLEM'));
    expect(problems({ reviews: [] })).toEqual([]);
    expect(problems({})).toEqual(['PROBLEM: 1 reviews are overdue.']);
    expect(
      problems({
        reviews: [],
        policies: { problem: 'approvers changed without a signature' },
        deploymentProblems: ['deployment 2: another one of this number was in force'],
        chain: {
          ...facts.chain,
          problems: [{ kind: 'altered', sequence: 3, message: 'record 3 was altered' }],
        },
      }),
    ).toEqual([
      "PROBLEM: policies and approvers can't be trusted: approvers changed without a signature",
      'PROBLEM: the audit chain shows 1 flaws.',
      'PROBLEM: deployment 2: another one of this number was in force',
    ]);
  });

  it('has a row for each deployment, decision, check and review', () => {
    const text = renderMarkdown('Governance of plant', sectionsOf(facts));
    expect(text).toMatch(/\| dismiss \| anna \| 3 \|/);
    expect(text).toMatch(/\| retrain:b \| 2026-03-08T00:00:00Z \| OVERDUE \|/);
    expect(text).toMatch(/\| model-deployed \| 2 \|/);
  });

  it('lets no text from outside become markup, in either format', () => {
    const hostile = '<img src=x onerror=alert(1)>|`[a](javascript:alert(1))\n# more';
    const sections = sectionsOf({ ...facts, decisions: [{ action: hostile, author: hostile, count: 1 }] });
    const html = renderHtml(hostile, sections);
    expect(html).not.toMatch(/<img/);
    expect(html).toContain('&lt;img src=x');
    const markdown = renderMarkdown('Pack', sections);
    expect(markdown).not.toMatch(/(^|[^\\])<img|^# more|[^\\]\[a\\?\]\(/m);
    expect(
      markdown
        .split('\n')
        .filter((line) => line.includes('img src'))
        .every((line) => line.split(/(?<!\\)\|/).length === 5),
    ).toBe(true);
  });
});
