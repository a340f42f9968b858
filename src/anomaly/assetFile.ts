import { parse as parseCsv } from 'csv-parse/sync';
import { load } from 'js-yaml';
import { messageOf, OtAnomalyError } from '../errors.js';
import { type Asset, assetSchema } from './assetContext.js';

/** The inventory file can't be used; nothing of it was written. The message lists every problem with its place. */
export class AssetFileError extends OtAnomalyError {
  readonly code = 'invalid_asset_file';
}

const PROBLEMS_SHOWN = 20;
const LIST_SEPARATOR = ';';

/**
 * Reads an inventory: CSV with a header row (lists separated by `;`), or YAML/JSON with a list of assets, bare
 * or under `assets`.
 *
 * @param name the file's name, whose ending says the format
 * @throws {AssetFileError} naming every problem; unknown columns are refused
 */
export function parseAssetFile(name: string, text: string): readonly Asset[] {
  const rows = /\.csv$/i.test(name) ? fromCsv(name, text) : fromYaml(name, text);
  const problems: string[] = [];
  const assets = rows.flatMap(({ place, value }) => {
    const parsed = assetSchema.safeParse(value);
    if (parsed.success) return [parsed.data];
    for (const { path, message } of parsed.error.issues)
      problems.push(`${place} ${path.join('.')}: ${message}`.trim());
    return [];
  });
  const seen = new Map<string, string>();
  for (const [i, { address }] of assets.entries()) {
    const earlier = seen.get(address);
    const place = rows[i]?.place ?? '';
    if (problems.length === 0 && earlier !== undefined)
      problems.push(`${place}: ${address} stands in ${earlier} too`);
    seen.set(address, place);
  }
  if (problems.length === 0 && assets.length > 0) return assets;
  const shown = problems.slice(0, PROBLEMS_SHOWN).join('\n');
  throw new AssetFileError(
    problems.length === 0 ? `${name}: holds no asset` : `${name}: ${problems.length} problems\n${shown}`,
    `Columns: ${Object.keys(assetSchema.shape).join(', ')}; address and name are required. Nothing was written.`,
  );
}

interface Row {
  readonly place: string;
  readonly value: unknown;
}

function fromCsv(name: string, text: string): readonly Row[] {
  try {
    const records: Record<string, string>[] = parseCsv(text, {
      columns: true,
      skip_empty_lines: true,
      trim: true,
      bom: true,
    });
    return records.map((record, i) => ({ place: `line ${i + 2}`, value: fromCells(record) }));
  } catch (cause) {
    throw new AssetFileError(
      `${name}: not CSV with a header row (${messageOf(cause)})`,
      'Give a comma-separated file whose first line names the columns. Nothing was written.',
      { cause },
    );
  }
}

/** Empty cells are absent; the two columns that aren't text are read as what they are. */
function fromCells(record: Readonly<Record<string, string>>): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [column, cell] of Object.entries(record)) {
    if (cell === '') continue;
    if (column === 'expected_partners')
      value[column] = cell.split(LIST_SEPARATOR).map((partner) => partner.trim());
    else if (column === 'safety_instrumented_system') value[column] = toBoolean(cell);
    else value[column] = cell;
  }
  return value;
}

function toBoolean(cell: string): boolean | string {
  if (/^(true|yes|1)$/i.test(cell)) return true;
  if (/^(false|no|0)$/i.test(cell)) return false;
  return cell;
}

function fromYaml(name: string, text: string): readonly Row[] {
  let content: unknown;
  try {
    content = load(text, { maxAliases: 0 }); // a few aliases can stand for gigabytes
  } catch (cause) {
    throw new AssetFileError(
      `${name}: not YAML (${messageOf(cause)})`,
      'Give a .csv file, or YAML with a list of assets and no aliases (*name). Nothing was written.',
      { cause },
    );
  }
  const list =
    typeof content === 'object' && content !== null && 'assets' in content ? content.assets : content;
  if (!Array.isArray(list)) {
    throw new AssetFileError(
      `${name}: expected a list of assets`,
      'Give a list, bare or under "assets". Nothing was written.',
    );
  }
  return list.map((value: unknown, i) => ({ place: `assets[${i}]`, value }));
}
