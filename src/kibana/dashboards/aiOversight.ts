import type { Dashboard } from '../dashboard.js';
import { decisions, recommendations, triage } from '../dataViews.js';
import { count, filters, metric, newest, overTime, percentile, terms } from '../lens/column.js';
import { aiAnswers, decisionsOfPeople } from '../searches.js';
import { TAGS } from '../tags.js';
import { chart, lines, markdown, navigation, parts, rows, tally, tiles } from './common.js';

const said = (name: string) => `ot_anomaly.triage.${name}`;
const decided = (name: string) => `ot_anomaly.decision.${name}`;
/** Words that are told apart to the letter. */
const WORDS = decided('justification.keyword');
const WITH_AI = '_exists_:ot_anomaly.decision.agrees_with_ai AND NOT ot_anomaly.decision.blind_check:true';
const DISMISSED = 'ot_anomaly.decision.action:(dismiss OR false_positive)';

export const aiOversight: Dashboard = {
  name: 'ai-oversight',
  title: '[OT] AI oversight',
  description:
    'Whether people still decide: agreement with the AI, justifications, guardrails, outages, cost.',
  view: triage,
  tags: [TAGS.ot, TAGS.oversight],
  from: 'now-30d',
  controls: [],
  rows: [
    navigation(),
    tiles(
      ['Answers', triage, count('Answers of the AI', `${said('outcome')}:answered`)],
      ['No answer', triage, count('Asked in vain, or not asked', `${said('outcome')}:(fallback OR skipped)`)],
      [
        'Changed by guardrails',
        triage,
        count('Answers that guardrails changed', `_exists_:${said('guardrails')}`),
      ],
      ['Cost', triage, metric('sum', said('cost'), 'Cost')],
    ),
    [
      markdown(
        48,
        6,
        `What to look for: **agreement that nears 100 %** is no praise of the AI but a sign that nobody reads any more;
compare it with the blind checks, in which a person decides again without having been told. **The same words** in many
justifications, few seconds apart, are clicks. **Guardrails** that fire often mean a prompt or a model that changed.
Alerts flow whether or not the AI answers; the cost is in the currency of the prices that were configured.`,
      ),
    ],
    [
      parts(
        24,
        13,
        {
          title: 'Decisions with and against the AI',
          view: decisions,
          where: WITH_AI,
        },
        filters('Decision', {
          'as the AI said': `${decided('agrees_with_ai')}:true`,
          'against the AI': `${decided('agrees_with_ai')}:false`,
        }),
        'Decisions',
      ),
      chart(24, 13, {
        shape: 'heatmap',
        title: 'What the AI had said, and what was decided',
        view: decisions,
        where: `_exists_:${decided('ai_classification')}`,
        x: terms(decided('ai_classification'), 'The AI had said', 5),
        y: terms(decided('action'), 'Decided', 8),
        value: count('Decisions'),
      }),
    ],
    [
      chart(24, 13, {
        shape: 'table',
        title: 'People',
        description: 'Many decisions in few words are worth a talk, not a judgement',
        view: decisions,
        by: [terms('user.name', 'Person', 20)],
        values: [
          count('Decisions'),
          count('Dismissals', DISMISSED),
          metric('unique_count', WORDS, 'Different justifications'),
          count('As the AI said', `${decided('agrees_with_ai')}:true`),
          count('Against the AI', `${decided('agrees_with_ai')}:false`),
          count('Blind checks', `${decided('blind_check')}:true`),
        ],
      }),
      chart(24, 13, {
        shape: 'table',
        title: 'The same words',
        view: decisions,
        by: [terms(WORDS, 'Justification', 10)],
        values: [
          count('Decisions'),
          metric('unique_count', 'user.name', 'People'),
          metric('max', '@timestamp', 'Last'),
        ],
      }),
    ],
    [
      parts(
        24,
        13,
        {
          title: 'Outcomes',
          view: triage,
        },
        terms(said('outcome'), 'Outcome', 5),
        'Alerts',
      ),
      tally(
        12,
        13,
        {
          title: 'Why there was no answer',
          view: triage,
          where: `_exists_:${said('reason')}`,
        },
        terms(said('reason'), 'Reason', 15),
        count('Alerts'),
      ),
      tally(
        12,
        13,
        {
          title: 'Guardrails that changed an answer',
          view: triage,
          where: `_exists_:${said('guardrails')}`,
        },
        terms(said('guardrails'), 'Guardrail', 15),
        count('Answers'),
      ),
    ],
    [
      lines(
        16,
        13,
        {
          title: 'From alert to annotation',
          view: triage,
          where: `_exists_:${said('latency_ms')}`,
        },
        metric('median', said('latency_ms'), 'Median'),
        percentile(95, said('latency_ms'), '95th percentile'),
      ),
      chart(16, 13, {
        shape: 'area_stacked',
        title: 'Tokens',
        view: triage,
        where: `_exists_:${said('tokens.input')}`,
        x: overTime(),
        values: [
          metric('sum', said('tokens.input'), 'Sent'),
          metric('sum', said('tokens.output'), 'Received'),
        ],
      }),
      chart(16, 13, {
        shape: 'table',
        title: 'Confidence that the AI claims',
        view: triage,
        where: `${said('outcome')}:answered`,
        by: [terms(said('classification'), 'Classification', 5)],
        values: [
          count('Answers'),
          metric('average', said('confidence'), 'Mean confidence'),
          metric('min', said('confidence'), 'Lowest'),
        ],
      }),
    ],
    [
      chart(28, 11, {
        shape: 'table',
        title: 'Models and prompts that answered',
        view: triage,
        where: `_exists_:${said('model.answered')}`,
        by: [
          terms(said('model.answered'), 'Model', 5),
          terms(said('prompt.version'), 'Prompt', 5),
          terms(said('prompt.sha256'), 'Prompt (SHA-256)', 3),
        ],
        values: [
          count('Answers'),
          metric('min', '@timestamp', 'First'),
          metric('max', '@timestamp', 'Last'),
          newest(said('schema_version'), 'Schema'),
        ],
      }),
      chart(20, 11, {
        shape: 'table',
        title: 'Drafts',
        view: recommendations,
        by: [
          terms('ot_anomaly.recommendation.target', 'Would change', 5),
          terms('ot_anomaly.recommendation.proposed_by', 'Proposed by', 5),
        ],
        values: [
          count('Drafts'),
          count('Need a change ticket', 'ot_anomaly.recommendation.needs_change_ticket:true'),
        ],
      }),
    ],
    [rows(14, aiAnswers)],
    [rows(14, decisionsOfPeople)],
  ],
};
