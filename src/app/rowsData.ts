import { type OtRecord, toOtRecord, type ZeekRow } from '../features/otRecord.js';
import { compareContent } from '../features/rowOrder.js';
import { rowsBaseline } from '../model/training/rowsBaseline.js';
import { pastArrival } from '../scoring/pastArrival.js';
import type { GateData } from './gate.js';

const ROWS_A_PAGE = 2_000;

/** A plant's rows in memory, for the gate without Elasticsearch. */
export function rowsData(rows: readonly ZeekRow[]): GateData {
  const read = rows
    .flatMap((row): { row: ZeekRow; record: OtRecord }[] => {
      const record = toOtRecord(row);
      return record === undefined ? [] : [{ row, record }];
    })
    .sort((a, b) => a.record.ts - b.record.ts || compareContent(a.record, b.record));
  const within = (from: number, to: number) =>
    read.filter(({ record }) => record.ts >= from && record.ts < to);
  return {
    baseline: (from, to) => rowsBaseline(within(from, to).map(({ record }) => record)),
    async *rows(from, to) {
      const held = within(from, to);
      for (let i = 0; i < held.length; i += ROWS_A_PAGE)
        yield held.slice(i, i + ROWS_A_PAGE).map(({ row, record }, j) => ({
          index: 'rows',
          id: String(i + j),
          ingested: pastArrival(record.ts),
          document: undefined,
          row,
        }));
    },
  };
}
