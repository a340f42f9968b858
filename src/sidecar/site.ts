import type { Client } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import type { Address } from '../config/connection.js';
import type { SidecarSettings } from '../config/sidecar.js';
import type { NewAssetList } from '../governance/review/newAssetList.js';
import type { SidecarMetrics } from '../metrics/sidecarMetrics.js';
import type { LockOut } from './lockOut.js';
import type { Render } from './render.js';
import type { Sessions } from './sessions.js';

/** What every route of the decision server shares. */
export interface Site {
  readonly namespace: string;
  readonly settings: SidecarSettings;
  /** where Elasticsearch is; who signs in there is the analyst */
  readonly elasticsearch: Address;
  readonly sessions: Sessions;
  readonly lockOut: LockOut;
  readonly render: Render;
  /** the one key of this server's own, which can note cases and read; undefined: webhook and notifications are off */
  readonly soar: Client | undefined;
  /** folder of models and of the registry's signed files, for charts, the card and what waits for signatures; may hold none */
  readonly models: string;
  /** folder of the root of trust that this host pinned; may hold none */
  readonly trust: string;
  /** folder of the governance policies */
  readonly policies: string;
  /** lists of new assets that people signed, to be left out of the queue; asked at each page */
  readonly newAssets: () => readonly NewAssetList[];
  readonly metrics: SidecarMetrics;
  readonly log: Logger;
  readonly now: () => Date;
  readonly newId: () => string;
  /** a number from 0 to 1, to draw blind checks by */
  readonly chance: () => number;
}
