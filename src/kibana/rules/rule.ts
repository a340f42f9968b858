import type { Technique } from '../../anomaly/attackIcs.js';
import type { KibanaDataView } from '../dataView.js';
import type { Sample } from './samples.js';

/** Documents on which a rule fires, or on which it must not. */
export interface Case {
  /** what happened, as a sentence's end: "fires on …" */
  readonly what: string;
  /** what the rule's history holds of it */
  readonly before?: readonly Sample[];
  readonly documents: readonly Sample[];
}

interface Common {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly view: KibanaDataView;
  /** Kibana's steps: 21 low, 47 medium, 73 high, 99 critical */
  readonly risk: 21 | 47 | 73 | 99;
  /** true: risk and severity are taken from the alert's event.risk_score and event.severity where it has them */
  readonly riskOfAlert?: boolean;
  readonly techniques: readonly Technique[];
  readonly tags: readonly string[];
  /** how often it runs, and how much longer it looks back so that late arrivals are seen */
  readonly everyMinutes: number;
  readonly lookBackMinutes: number;
  /** numbered steps of an investigation; queries in backticks, in Lucene's language */
  readonly steps: readonly string[];
  readonly falsePositives: readonly string[];
  /** what must be in place before it is switched on, where that is more than set-up */
  readonly setup?: string;
  readonly firesOn: readonly Case[];
  readonly silentOn: readonly Case[];
}

/** Fires for each document. */
export type QueryRule = Common & { readonly type: 'query'; readonly query: string };

/** Fires for each combination of values that enough documents have. */
export type ThresholdRule = Common & {
  readonly type: 'threshold';
  readonly query: string;
  readonly by: readonly string[];
  readonly atLeast: number;
  readonly distinct?: { readonly field: string; readonly atLeast: number };
};

/** Fires for a combination of values that no document of its history has. */
export type NewTermsRule = Common & {
  readonly type: 'new_terms';
  readonly query: string;
  readonly by: readonly string[];
  readonly historyDays: number;
};

/** Fires for each document whose field has a value that a document of another stream names. */
export type IndicatorRule = Common & {
  readonly type: 'threat_match';
  readonly query: string;
  readonly field: string;
  readonly indicators: {
    readonly view: KibanaDataView;
    readonly query: string;
    readonly field: string;
    /** the object that is copied into the alert */
    readonly path: string;
  };
};

/** A condition on one document. */
export type Condition =
  | { readonly field: string; readonly is: string }
  | { readonly field: string; readonly exists: true }
  /** a date that is no older */
  | { readonly field: string; readonly withinMinutes: number };

/**
 * Fires for each value of which some document of the last hours meets `present` and none meets `absent`: for what is
 * missing, which no other kind of rule can say. Kibana runs it in ES|QL.
 */
export type AbsenceRule = Common & {
  readonly type: 'absence';
  /** beside the view's own streams */
  readonly alsoOf?: readonly string[];
  /** the first of them that a document has */
  readonly by: readonly string[];
  readonly hours: number;
  /** undefined: any document */
  readonly present?: Condition;
  readonly absent: Condition;
};

/** A detection rule. None has an action: what follows is decided by people. */
export type Rule = QueryRule | ThresholdRule | NewTermsRule | IndicatorRule | AbsenceRule;
