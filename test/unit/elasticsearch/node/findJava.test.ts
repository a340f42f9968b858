import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findJava } from '../../../../src/elasticsearch/node/findJava.js';
import { javaMajor, propertiesFromJava } from '../../../../src/elasticsearch/node/javaVersion.js';
import { NodeError } from '../../../../src/elasticsearch/node/nodeError.js';
import { temporaryFolder, writeScript } from './temporaryFolder.js';

/** A folder that looks like a JDK; without `release` its version comes from running it. */
function fakeJdk(home: string, version: string, { release = true } = {}): string {
  writeScript(join(home, 'bin', 'java'), `echo 'openjdk version "${version}" 2026-01-01' >&2`);
  if (release) writeFileSync(join(home, 'release'), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  return home;
}

function failure(search: Parameters<typeof findJava>[0]): NodeError {
  try {
    findJava(search);
  } catch (error) {
    if (error instanceof NodeError) return error;
  }
  throw new Error('findJava should have failed');
}

describe('findJava', () => {
  it('prefers ES_JAVA_HOME to JAVA_HOME to the system', () => {
    const root = temporaryFolder();
    const mine = fakeJdk(join(root, 'mine'), '21.0.4');
    const other = fakeJdk(join(root, 'other'), '22');
    fakeJdk(join(root, 'system', 'jdk-25'), '25.0.3');
    const systemFolders = [{ folder: join(root, 'system'), inside: '' }];
    const both = { ES_JAVA_HOME: mine, JAVA_HOME: other };
    expect(findJava({ env: both, systemFolders })).toEqual({
      home: mine,
      version: '21.0.4',
      from: 'ES_JAVA_HOME',
    });
    expect(findJava({ env: { JAVA_HOME: other }, systemFolders }).home).toBe(other);
    expect(findJava({ env: {}, systemFolders }).version).toBe('25.0.3');
  });

  it('passes over a variable that points at too old a Java, and takes the oldest of the system that fits', () => {
    const root = temporaryFolder();
    const old = fakeJdk(join(root, 'old'), '17.0.15');
    fakeJdk(join(root, 'vm', 'a', 'Contents', 'Home'), '26');
    fakeJdk(join(root, 'vm', 'b', 'Contents', 'Home'), '24.0.1');
    fakeJdk(join(root, 'vm', 'c', 'Contents', 'Home'), '1.8.0_392');
    const systemFolders = [{ folder: join(root, 'vm'), inside: 'Contents/Home' }];
    expect(findJava({ env: { JAVA_HOME: old }, systemFolders }).version).toBe('24.0.1');
  });

  it('asks a Java without a release file for its version', () => {
    const home = fakeJdk(join(temporaryFolder(), 'jdk'), '23.0.2', { release: false });
    expect(findJava({ env: { ES_JAVA_HOME: home }, systemFolders: [] }).version).toBe('23.0.2');
  });

  it('finds the home of a java on PATH', () => {
    const root = temporaryFolder();
    const settings = `    java.home = ${root}/real\n    java.version = 25.0.1\n`;
    writeScript(join(root, 'bin', 'java'), `cat >&2 <<'END'\n${settings}END`);
    const found = findJava({ env: { PATH: join(root, 'bin') }, systemFolders: [] });
    expect(found).toEqual({ home: join(root, 'real'), version: '25.0.1', from: 'PATH' });
  });

  it('names each version that it found, and where, when none fits', () => {
    const root = temporaryFolder();
    const eleven = fakeJdk(join(root, 'eleven'), '11.0.20');
    fakeJdk(join(root, 'system', 'jdk-17'), '17.0.15');
    const error = failure({
      env: { JAVA_HOME: eleven },
      systemFolders: [{ folder: join(root, 'system'), inside: '' }],
    });
    expect(error.code).toBe('java_missing');
    expect(error.message).toContain(`needs Java 21 or later`);
    expect(error.message).toContain(`11.0.20 at ${eleven} (JAVA_HOME)`);
    expect(error.message).toContain(`17.0.15 at ${join(root, 'system', 'jdk-17')}`);
    expect(error.advice).toContain('ES_JAVA_HOME');
  });

  it('says so when there is no Java at all', () => {
    expect(failure({ env: {}, systemFolders: [] }).message).toContain('none was found');
  });

  it('passes over a Java that the unprivileged user cannot run, and says why', () => {
    const home = fakeJdk(join(temporaryFolder(), 'jdk'), '25');
    const error = failure({ env: { ES_JAVA_HOME: home }, systemFolders: [], reachable: () => false });
    expect(error.message).toContain(`25 at ${home} (ES_JAVA_HOME), which the unprivileged user cannot run`);
  });
});

describe('the version of a Java', () => {
  it.each([
    ['25.0.3', 25],
    ['21', 21],
    ['21-ea', 21],
    ['1.8.0_392', 8],
    ['17.0.15+6-Debian', 17],
  ])('%s is release %i', (version, major) => expect(javaMajor(version)).toBe(major));

  it('is unknown for anything else', () => expect(javaMajor('unknown')).toBeUndefined());

  it('is read from the properties or from the banner', () => {
    expect(
      propertiesFromJava('Property settings:\n    java.home = /j dk\n    java.version = 25.0.3\n'),
    ).toEqual({
      home: '/j dk',
      version: '25.0.3',
    });
    expect(propertiesFromJava('java version "1.8.0_392"\nJava(TM) SE')).toEqual({ version: '1.8.0_392' });
  });
});
