import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds that `java -version` may take; a cold JVM needs about 300. */
const JAVA_VERSION_TIMEOUT_MS = 20_000;

/** The feature release of a Java version: `25.0.3` → 25, `1.8.0_392` → 8, `21-ea` → 21; undefined if it is none. */
export function javaMajor(version: string): number | undefined {
  const match = /^(?:1\.)?(\d+)/.exec(version);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** JAVA_VERSION out of the text of a JDK's `release` file. */
export function versionFromRelease(text: string): string | undefined {
  return /^JAVA_VERSION="([^"]+)"/m.exec(text)?.[1];
}

/** The version and home that `java -XshowSettings:properties -version` prints. */
export function propertiesFromJava(output: string): { version?: string; home?: string } {
  const version = /^\s*java\.version = (.+)$/m.exec(output)?.[1] ?? /version "([^"]+)"/.exec(output)?.[1];
  const home = /^\s*java\.home = (.+)$/m.exec(output)?.[1];
  return { ...(version && { version: version.trim() }), ...(home && { home: home.trim() }) };
}

/** Runs a `java` and asks it who it is; an empty answer when it doesn't run. */
export function askJava(executable: string): { version?: string; home?: string } {
  const { stdout, stderr, error } = spawnSync(executable, ['-XshowSettings:properties', '-version'], {
    encoding: 'utf8',
    timeout: JAVA_VERSION_TIMEOUT_MS,
  });
  return error ? {} : propertiesFromJava(`${stderr}\n${stdout}`);
}

/** The version of the Java in `home`: from its `release` file, else by running it. */
export function versionOf(home: string): string | undefined {
  try {
    const version = versionFromRelease(readFileSync(join(home, 'release'), 'utf8'));
    if (version !== undefined) return version;
  } catch {
    // Not every Java has a release file.
  }
  return askJava(join(home, 'bin', 'java')).version;
}
