/** Source and destination with its port: `10.0.0.9 -> 10.0.0.2:502`. */
const RELATION = /^([\w.:%-]{1,64}) -> ([\w.:%-]{1,64}):(\d{1,5})$/;

export interface NewAssetRelation {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

/** @returns undefined if the text is no relation */
export function parseRelation(text: string): NewAssetRelation | undefined {
  const [, source, destination, port] = RELATION.exec(text) ?? [];
  if (source === undefined || destination === undefined || Number(port) > 65_535) return undefined;
  return { source, destination, port: Number(port) };
}

/** Relations of a new asset that people signed for, to be left out of views until then. Scoring goes on. */
export interface NewAssetList {
  /** digest of what was signed */
  readonly sha256: string;
  readonly asset: string;
  readonly relations: readonly NewAssetRelation[];
  /** ISO 8601 */
  readonly until: string;
  readonly ticket: string;
  readonly signedBy: readonly string[];
}

/**
 * A filter for Kibana's query bar that leaves the same relations out of a saved view. It can't tell reads from writes by
 * their names, so it leaves out what carries no technique.
 */
export function kqlWithout(lists: readonly NewAssetList[]): string {
  const relations = lists.flatMap((list) => list.relations);
  if (relations.length === 0) return '';
  const each = relations.map(
    ({ source, destination, port }) =>
      `(source.address: "${source}" and destination.address: "${destination}" and destination.port: ${port})`,
  );
  return `not ((${each.join(' or ')}) and ot_anomaly.group.kind: (communication or attempts) and not ot_anomaly.technique.id: *)`;
}
