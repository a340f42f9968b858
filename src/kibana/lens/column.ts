/** A query in Lucene's language: Elasticsearch's `query_string` runs it as Kibana does. */
export interface LuceneQuery {
  readonly query: string;
  readonly language: 'lucene';
}

export function lucene(query: string): LuceneQuery {
  return { query, language: 'lucene' };
}

interface Bucket {
  readonly bucket: true;
  readonly label: string;
}

interface Metric {
  readonly bucket: false;
  readonly label: string;
  /** counts only what matches, in Lucene's language */
  readonly where?: string;
}

/** A column of a chart: what documents are put together by, or what is counted of them. */
export type Column =
  | (Bucket & {
      readonly kind: 'terms';
      readonly field: string;
      readonly size: number;
      readonly order: 'asc' | 'desc';
    })
  | (Bucket & { readonly kind: 'once'; readonly field: string })
  | (Bucket & { readonly kind: 'date_histogram'; readonly field: string })
  | (Bucket & {
      readonly kind: 'filters';
      readonly filters: readonly { readonly label: string; readonly query: string }[];
    })
  | (Metric & { readonly kind: 'count' })
  | (Metric & {
      readonly kind: 'unique_count' | 'max' | 'min' | 'average' | 'sum' | 'median';
      readonly field: string;
    })
  | (Metric & { readonly kind: 'percentile'; readonly field: string; readonly percentile: number })
  | (Metric & { readonly kind: 'last_value'; readonly field: string });

/** The most frequent values of a field; in a table with metrics, ordered by the first of them. */
export function terms(field: string, label: string, size = 10, order: 'asc' | 'desc' = 'desc'): Column {
  return { bucket: true, kind: 'terms', field, label, size, order };
}

/**
 * The values that exactly one document has: what nothing else speaks of. Kibana asks for Elasticsearch's `rare_terms`,
 * which is exact up to 10,000 values a shard that have more than one document, and may leave out some values past that.
 */
export function once(field: string, label: string): Column {
  return { bucket: true, kind: 'once', field, label };
}

/** Time, in steps that Kibana chooses for the range. */
export function overTime(label = 'time', field = '@timestamp'): Column {
  return { bucket: true, kind: 'date_histogram', field, label };
}

export function filters(label: string, parts: Readonly<Record<string, string>>): Column {
  return {
    bucket: true,
    kind: 'filters',
    label,
    filters: Object.entries(parts).map(([name, query]) => ({ label: name, query })),
  };
}

export function count(label: string, where?: string): Column {
  return { bucket: false, kind: 'count', label, ...(where === undefined ? {} : { where }) };
}

type Aggregate = 'unique_count' | 'max' | 'min' | 'average' | 'sum' | 'median';

export function metric(kind: Aggregate, field: string, label: string, where?: string): Column {
  return { bucket: false, kind, field, label, ...(where === undefined ? {} : { where }) };
}

export function percentile(percentile: number, field: string, label: string): Column {
  return { bucket: false, kind: 'percentile', field, percentile, label };
}

/** The value of the newest document that has one. */
export function newest(field: string, label: string, where?: string): Column {
  return { bucket: false, kind: 'last_value', field, label, ...(where === undefined ? {} : { where }) };
}
