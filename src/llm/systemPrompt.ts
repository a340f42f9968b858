import { readFileSync } from 'node:fs';
import { packagePath } from '../config/packageRoot.js';
import { sha256 } from '../registry/digest.js';

/** The system prompt as it stands in its file: annotations name its version and digest. */
export interface SystemPrompt {
  readonly version: string;
  /** of the whole file */
  readonly sha256: string;
  readonly text: string;
}

/** Reads `policies/triage/system-prompt.md`. */
export function readSystemPrompt(path = packagePath('policies/triage/system-prompt.md')): SystemPrompt {
  const file = readFileSync(path, 'utf8');
  const [, version, text] = /^---\nversion: "([\d.]+)"\n---\n([\s\S]+)$/.exec(file) ?? [];
  if (version === undefined || text === undefined)
    throw new Error(`${path}: expected a version between two lines of ---, then the prompt`);
  return { version, sha256: sha256(file), text };
}
