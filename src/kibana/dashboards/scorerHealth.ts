import type { Dashboard } from '../dashboard.js';
import { audit, checkpoints, scorerMetrics, sources } from '../dataViews.js';
import { count, metric, newest, overTime, terms } from '../lens/column.js';
import { auditRecords, heartbeats, unreadRows } from '../searches.js';
import { TAGS } from '../tags.js';
import { chart, lines, markdown, navigation, parts, rows, tiles } from './common.js';

const field = (name: string) => `ot_anomaly.scorer.${name}`;

export const scorerHealth: Dashboard = {
  name: 'scorer-health',
  title: '[OT] Scorer health',
  description: 'Heartbeats, lag, rates, rows that could not be read, checkpoints.',
  view: scorerMetrics,
  tags: [TAGS.ot, TAGS.run],
  from: 'now-24h',
  controls: [{ view: scorerMetrics, field: field('name'), label: 'Scorer' }],
  rows: [
    navigation(),
    tiles(
      ['Newest heartbeat', scorerMetrics, metric('max', '@timestamp', 'Newest heartbeat')],
      ['Highest lag', scorerMetrics, metric('max', field('lag_ms'), 'Oldest row held back')],
      ['Rows scored', scorerMetrics, metric('sum', field('scored'), 'Rows scored')],
      ['Rows that no pipeline could read', sources, count('Unread rows', 'event.kind:pipeline_error')],
    ),
    [
      markdown(
        48,
        5,
        `A scorer beats every few seconds while it lives. *Read* far above *scored* means rows that no detector looks
at; *late* are rows that came after their time was settled; *unreadable* came without what scoring needs; *abstained*
are intervals that weren't judged because their sensor did not see everything. A gap in the beats is silence: the
rule **OT scorer silent** watches for it.`,
      ),
    ],
    [
      parts(
        24,
        13,
        {
          title: 'Heartbeats',
          view: scorerMetrics,
        },
        terms(field('name'), 'Scorer'),
        'Heartbeats',
      ),
      lines(
        24,
        13,
        {
          title: 'Lag',
          view: scorerMetrics,
        },
        metric('max', field('lag_ms'), 'Highest lag'),
        metric('median', field('lag_ms'), 'Median lag'),
      ),
    ],
    [
      lines(
        24,
        13,
        {
          title: 'Rows read and scored',
          view: scorerMetrics,
        },
        metric('sum', field('read'), 'Read'),
        metric('sum', field('scored'), 'Scored'),
      ),
      lines(
        24,
        13,
        {
          title: 'Rows not judged',
          view: scorerMetrics,
        },
        metric('sum', field('late'), 'Late'),
        metric('sum', field('unreadable'), 'Unreadable'),
        metric('sum', field('abstained'), 'Abstained'),
        metric('max', field('pending'), 'Held back'),
      ),
    ],
    [
      lines(
        24,
        12,
        {
          title: 'Errors: attempts that failed because Elasticsearch was away or busy',
          view: scorerMetrics,
        },
        metric('sum', field('faults'), 'Failed attempts'),
      ),
      lines(
        24,
        12,
        { title: 'Rows found late, and what is wrong with sensors', view: scorerMetrics },
        metric('sum', field('found_late'), 'Found late'),
        metric('max', field('sensor_conditions'), 'Conditions of sensors'),
      ),
    ],
    [
      chart(24, 12, {
        shape: 'table',
        title: 'Scorers and their models',
        view: scorerMetrics,
        by: [terms(field('name'), 'Scorer'), terms(field('model_sha256'), 'Model (SHA-256)', 5)],
        values: [
          metric('max', '@timestamp', 'Newest heartbeat'),
          metric('sum', field('alerts'), 'Alerts written'),
          metric('sum', field('counted'), 'Counted only'),
          metric('sum', field('already_written'), 'Already written'),
        ],
      }),
      chart(24, 12, {
        shape: 'table',
        title: 'Checkpoints',
        view: checkpoints,
        by: [terms('ot_anomaly.checkpoint.scorer', 'Scorer')],
        values: [
          metric('max', '@timestamp', 'Written'),
          metric('max', 'ot_anomaly.checkpoint.position', 'Settled up to'),
          count('Checkpoints'),
        ],
      }),
    ],
    [
      chart(24, 12, {
        shape: 'table',
        title: 'What parts did',
        view: audit,
        by: [terms('ot_anomaly.audit.part', 'Part'), terms('event.action', 'Action', 20)],
        values: [count('Records'), metric('max', '@timestamp', 'Last'), newest('user.name', 'By')],
      }),
      chart(24, 12, {
        shape: 'area_stacked',
        title: 'Rows that arrived, by log',
        view: sources,
        x: overTime(),
        split: terms('event.dataset', 'Log', 15),
        values: [count('Rows')],
      }),
    ],
    [rows(12, heartbeats)],
    [rows(12, unreadRows)],
    [rows(12, auditRecords)],
  ],
};
