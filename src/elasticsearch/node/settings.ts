import { dump } from 'js-yaml';
import { ARCHIVE } from './archive.js';

export interface NodePaths {
  readonly data: string;
  readonly logs: string;
}

export interface NodeSettings {
  readonly paths: NodePaths;
  /** 0 for a port that the operating system chooses. */
  readonly httpPort: number;
  /** Whether its data goes with it, and all its passwords: the fewest rounds do for their hashes. */
  readonly isTemporary: boolean;
  readonly version: string;
  /** Names of the distribution's modules: a setting whose module is absent stops Elasticsearch from starting. */
  readonly modules: readonly string[];
}

/** Settings that only a distribution with the module knows, each of which would otherwise download or take memory. */
const SETTINGS_OF_MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'ingest-geoip': { 'ingest.geoip.downloader.enabled': false },
  'x-pack-ml': { 'xpack.ml.enabled': false },
};

/** Known to this version only. Otherwise the node prepares to ask Elastic's inference service what it may use. */
const SETTINGS_OF_ARCHIVE = { 'xpack.inference.elastic.authorization.enabled': false };

/** The content of `elasticsearch.yml`: one secured node that listens on the loopback interface only. */
export function nodeSettings({
  paths,
  httpPort,
  isTemporary,
  version,
  modules,
}: NodeSettings): Record<string, unknown> {
  return {
    'cluster.name': 'ot-anomaly-local',
    'node.name': 'ot-anomaly-local',
    'discovery.type': 'single-node',
    'path.data': paths.data,
    'path.logs': paths.logs,
    'network.host': '127.0.0.1',
    'http.port': httpPort,
    'transport.port': 0,
    // The ports that were really bound are written to logs/http.ports, so that no free port has to be guessed.
    'node.portsfile': true,
    'xpack.security.enabled': true,
    'xpack.security.enrollment.enabled': false,
    'xpack.security.http.ssl.enabled': false,
    'xpack.security.transport.ssl.enabled': false,
    // A laptop's disk is often more than 90 % full, at which Elasticsearch would refuse to allocate shards.
    'cluster.routing.allocation.disk.threshold_enabled': false,
    // A site is some 30 streams of two shards, and a run of the tests makes dozens of sites; the default is 1,000.
    'cluster.max_shards_per_node': 10_000,
    // The default, stated: data streams are made by the first document that matches their template.
    'action.auto_create_index': true,
    ...(isTemporary && { 'xpack.security.authc.password_hashing.algorithm': 'bcrypt4' }),
    ...(version === ARCHIVE.elasticsearchVersion && SETTINGS_OF_ARCHIVE),
    ...Object.assign({}, ...modules.map((module) => SETTINGS_OF_MODULES[module] ?? {})),
  };
}

/** The same as YAML. */
export function settingsYaml(settings: NodeSettings): string {
  return dump(nodeSettings(settings), { lineWidth: -1 });
}

/** JVM options beside the distribution's own: no garbage-collection logs, which take up to 2 GB. */
export const JVM_OPTIONS = '-Xlog:disable\n-Xlog:all=warning:stderr:utctime,level,tags\n';

/** The heap's size as options of Java; minimum and maximum equal, as Elasticsearch's guide asks. */
export function heapOptions(heapMb: number): readonly string[] {
  return [`-Xms${heapMb}m`, `-Xmx${heapMb}m`];
}
