/**
 * The value of a field in a document, whether the document nests its names (`{"a": {"b": 1}}`) or keeps dots in them
 * (`{"a.b": 1}`), as shippers do differently. Of a list with one value, that value.
 */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  const found = find(document, path);
  return Array.isArray(found) && found.length === 1 ? found[0] : found;
}

/** The names that a field's path is made of. */
export function pathOf(field: string): readonly string[] {
  return field.split('.');
}

function find(document: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return document;
  if (!isObject(document)) return undefined;
  for (let taken = 1; taken <= path.length; taken += 1) {
    const key = taken === 1 ? (path[0] ?? '') : path.slice(0, taken).join('.');
    if (!Object.hasOwn(document, key)) continue;
    const found = find(document[key], path.slice(taken));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
