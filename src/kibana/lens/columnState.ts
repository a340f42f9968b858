import { type KibanaDataView, typeOf } from '../dataView.js';
import { type Column, lucene } from './column.js';

/** A column as a Lens document stores it. */
export type ColumnState = Readonly<Record<string, unknown>>;

/** @param orderBy the id of the metric column that buckets are ordered by */
export function toColumnState(
  column: Column,
  view: KibanaDataView,
  orderBy: string | undefined,
): ColumnState {
  const common = { label: column.label, customLabel: true, isBucketed: column.bucket };
  const where = !column.bucket && column.where !== undefined ? { filter: lucene(column.where) } : {};
  switch (column.kind) {
    case 'terms':
      return {
        ...common,
        ...termsOf(
          column.field,
          view,
          column.size,
          orderBy === undefined
            ? { type: 'alphabetical', fallback: true }
            : { type: 'column', columnId: orderBy },
          orderBy === undefined ? 'asc' : column.order,
        ),
      };
    case 'once':
      return {
        ...common,
        ...termsOf(column.field, view, MOST_TERMS, { type: 'rare', maxDocCount: 1 }, 'asc'),
      };
    case 'date_histogram':
      requireType(view, column.field, 'date');
      return {
        ...common,
        dataType: 'date',
        operationType: 'date_histogram',
        scale: 'interval',
        sourceField: column.field,
        params: { interval: 'auto', includeEmptyRows: true, dropPartials: false },
      };
    case 'filters':
      return {
        ...common,
        dataType: 'string',
        operationType: 'filters',
        scale: 'ordinal',
        params: { filters: column.filters.map(({ label, query }) => ({ label, input: lucene(query) })) },
      };
    case 'count':
      return {
        ...common,
        ...where,
        dataType: 'number',
        operationType: 'count',
        scale: 'ratio',
        sourceField: '___records___',
        params: { emptyAsNull: false },
      };
    case 'percentile':
      requireType(view, column.field, 'number');
      return {
        ...common,
        ...where,
        dataType: 'number',
        operationType: 'percentile',
        scale: 'ratio',
        sourceField: column.field,
        params: { percentile: column.percentile },
      };
    case 'last_value': {
      const type = dataType(typeOf(view, column.field));
      const whole = column.where === undefined ? '' : ` AND (${column.where})`;
      return {
        ...common,
        dataType: type,
        operationType: 'last_value',
        scale: type === 'number' ? 'ratio' : 'ordinal',
        sourceField: column.field,
        filter: lucene(`_exists_:${column.field}${whole}`),
        params: { sortField: '@timestamp', showArrayValues: false },
      };
    }
    default:
      return {
        ...common,
        ...where,
        dataType: aggregateType(column.kind, column.field, view),
        operationType: column.kind,
        scale: 'ratio',
        sourceField: column.field,
        params: column.kind === 'unique_count' || column.kind === 'sum' ? { emptyAsNull: false } : {},
      };
  }
}

/** Lens's own limit; rare terms are all shown whatever it says. */
const MOST_TERMS = 1_000;

function termsOf(
  field: string,
  view: KibanaDataView,
  size: number,
  orderBy: Readonly<Record<string, unknown>>,
  orderDirection: 'asc' | 'desc',
) {
  return {
    dataType: dataType(typeOf(view, field)),
    operationType: 'terms',
    scale: 'ordinal',
    sourceField: field,
    params: {
      size,
      orderBy,
      orderDirection,
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
      include: [],
      exclude: [],
      includeIsRegex: false,
      excludeIsRegex: false,
    },
  };
}

function aggregateType(kind: string, field: string, view: KibanaDataView): string {
  const type = dataType(typeOf(view, field));
  if (kind === 'unique_count') return 'number';
  if ((kind === 'max' || kind === 'min') && type === 'date') return 'date';
  requireType(view, field, 'number');
  return 'number';
}

function requireType(view: KibanaDataView, field: string, expected: string): void {
  const type = dataType(typeOf(view, field));
  if (type !== expected) throw new TypeError(`${field} of ${view.name} is a ${type}, not a ${expected}`);
}

function dataType(type: string): string {
  switch (type) {
    case 'keyword':
      return 'string';
    case 'date':
    case 'date_nanos':
      return 'date';
    case 'long':
    case 'short':
    case 'integer':
    case 'float':
    case 'double':
      return 'number';
    case 'ip':
    case 'boolean':
      return type;
    default:
      throw new TypeError(`Lens can't put documents together by a field of type ${type}`);
  }
}
