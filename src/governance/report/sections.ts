import type { ChainReport } from '../audit/chain.js';
import type { Deployment } from '../deployment/verifyDeployments.js';
import type { Incident } from '../incident/incident.js';
import { overdue, type ReviewTask } from '../review/triggers.js';

/** A part of a report: what a person reads, in whichever format. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

/** Everything that an auditor's pack of a period is made of. */
export interface ReportFacts {
  readonly namespace: string;
  /** ISO 8601, included */
  readonly from: string;
  /** ISO 8601, excluded */
  readonly to: string;
  readonly at: string;
  /** digest of each policy in force, and who holds which role; or why they can't be trusted */
  readonly policies:
    | { readonly digests: Readonly<Record<string, string>>; readonly people: readonly (readonly string[])[] }
    | { readonly problem: string };
  /** what the scorer would load, or why nothing may alert */
  readonly production: readonly string[];
  readonly deployments: readonly Deployment[];
  readonly deploymentProblems: readonly string[];
  readonly models: readonly {
    readonly sha256: string;
    readonly window: string;
    readonly stage: readonly string[];
    readonly notes: readonly string[];
  }[];
  readonly requests: readonly {
    readonly sha256: string;
    readonly action: string;
    readonly requestedBy: string;
    readonly requestedAt: string;
    readonly ticket: string;
    readonly state: 'granted' | 'used' | 'not granted';
    readonly approvals: readonly string[];
  }[];
  readonly chain: ChainReport;
  readonly anchorFile: string | undefined;
  /** audit records of the period, by what they speak of */
  readonly acts: readonly { readonly action: string; readonly count: number }[];
  readonly boundary: readonly { readonly at: string; readonly message: string }[];
  readonly decisions: readonly { readonly action: string; readonly author: string; readonly count: number }[];
  readonly incidents: readonly Incident[];
  readonly reviews: readonly ReviewTask[];
}

/** The pack in the order in which an auditor asks: rules, chain, what ran, who signed, what people decided, what is due. */
export function sectionsOf(facts: ReportFacts): readonly Section[] {
  const { policies, chain, deployments, reviews } = facts;
  const late = overdue(reviews, new Date(facts.at));
  return [
    {
      title: 'Summary',
      lines: [
        `Site ${facts.namespace}, ${facts.from} to ${facts.to} (end excluded), made ${facts.at}.`,
        'problem' in policies
          ? `PROBLEM: policies and approvers can't be trusted: ${policies.problem}`
          : 'Policies and approvers bear the signatures of the pinned root.',
        chain.problems.length === 0
          ? `The audit chain of ${chain.records} records is whole; ${facts.anchorFile === undefined ? 'nothing outside Elasticsearch was there to compare it with' : `${chain.anchored} heads kept in ${facts.anchorFile} agree`}.`
          : `PROBLEM: the audit chain shows ${chain.problems.length} flaws.`,
        ...facts.deploymentProblems.map((problem) => `PROBLEM: ${problem}`),
        ...(late.length === 0 ? [] : [`PROBLEM: ${late.length} reviews are overdue.`]),
        ...facts.production,
      ],
    },
    'problem' in policies
      ? { title: 'Policies in force', lines: [policies.problem] }
      : {
          title: 'Policies in force',
          lines: Object.entries(policies.digests).map(([name, digest]) => `${name}: SHA-256 ${digest}`),
          table: { head: ['person', 'roles'], rows: policies.people },
        },
    {
      title: 'Audit chain',
      lines: chain.problems.map(({ message }) => message),
      table: {
        head: ['act', 'records in the period'],
        rows: facts.acts.map(({ action, count }) => [action, String(count)]),
      },
    },
    {
      title: 'Deployments',
      lines: ['All of them, since each rests on the one before.'],
      table: {
        head: ['number', 'kind', 'model', 'line', 'signed by'],
        rows: deployments.map(({ sequence, kind, modelSha256, alertLine, structureOnly, people }) => [
          String(sequence),
          structureOnly ? `${kind}, structure only` : kind,
          modelSha256.slice(0, 12),
          String(alertLine),
          people.join(', '),
        ]),
      },
    },
    {
      title: 'Models',
      lines: [],
      table: {
        head: ['model', 'window', 'stage', 'what is signed of it'],
        rows: facts.models.map(({ sha256, window, stage, notes }) => [
          sha256.slice(0, 12),
          window,
          stage.join(', '),
          notes.join('; '),
        ]),
      },
    },
    {
      title: 'Requests and approvals',
      lines: [],
      table: {
        head: ['request', 'action', 'asked by', 'at', 'ticket', 'state', 'approvals'],
        rows: facts.requests.map((request) => [
          request.sha256.slice(0, 12),
          request.action,
          request.requestedBy,
          request.requestedAt,
          request.ticket,
          request.state,
          request.approvals.join(', '),
        ]),
      },
    },
    {
      title: 'Boundary checks',
      lines:
        facts.boundary.length === 0 ? ['None in the period: run "ot-anomaly boundary verify" hourly.'] : [],
      table: {
        head: ['at', 'result'],
        rows: facts.boundary.map(({ at, message }) => [at, message]),
      },
    },
    {
      title: 'Decisions of people',
      lines: [],
      table: {
        head: ['decision', 'by', 'alerts'],
        rows: facts.decisions.map(({ action, author, count }) => [action, author, String(count)]),
      },
    },
    {
      title: 'Incidents',
      lines: [],
      table: {
        head: ['incident', 'suspected from', 'opened', 'closed'],
        rows: facts.incidents.map(({ id, suspectedFrom, openedAt, closedAt }) => [
          id,
          suspectedFrom,
          openedAt,
          closedAt ?? 'OPEN',
        ]),
      },
    },
    {
      title: 'Reviews',
      lines: [],
      table: {
        head: ['review', 'due', 'done'],
        rows: reviews.map(({ id, due, doneAt }) => [
          id,
          due,
          doneAt ?? (late.some((task) => task.id === id) ? 'OVERDUE' : 'open'),
        ]),
      },
    },
  ];
}
