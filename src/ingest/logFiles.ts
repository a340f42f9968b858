import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The files behind paths: a file itself, of a folder all files in it and below, in the order of their names. Links
 * are not followed inside a folder; a path given twice counts once.
 *
 * @returns the files, and the paths that are neither file nor folder
 */
export async function findFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly string[]; readonly missing: readonly string[] }> {
  const files = new Set<string>();
  const missing: string[] = [];
  for (const path of paths.map((given) => resolve(given))) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) missing.push(path);
    else if (!found.isDirectory()) files.add(path);
    else {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const inside = entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name));
      for (const file of inside.sort()) files.add(file);
    }
  }
  return { files: [...files], missing };
}
