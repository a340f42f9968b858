import { readFileSync } from 'node:fs';

/** Lines that are shown of a log. */
const TAIL_LINES = 12;

/** The lines of a node's console log that tell why it failed: its errors, or else the last ones. */
export function consoleTail(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return '(no log)';
  }
  const lines = text.trimEnd().split('\n');
  const errors = lines.filter((line) => /ERROR|FATAL|Exception|OutOfMemory|Cannot allocate/.test(line));
  return (errors.length > 0 ? errors : lines).slice(-TAIL_LINES).join('\n');
}
