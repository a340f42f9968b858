import { scriptedConversation } from '../conversations/scriptedConversation.js';
import type { CipRequest } from '../enip/cipServices.js';
import { ENIP_PORT } from '../enip/clientPolling.js';
import type { Controller } from '../enip/controller.js';
import { beginOnline } from '../enip/engineeringOnline.js';
import { cipExchange } from '../enip/exchanges.js';
import { childKey, generator, integer } from '../random.js';
import { MILLISECOND, SECOND } from '../time.js';
import type { Scenario } from './scenario.js';
import { conversationInjection } from './scriptedConnection.js';

/** Logix classes, which ICSNPP doesn't name: the controller's mode, programs, symbols, templates. */
const [MODE, PROGRAM, SYMBOL, TEMPLATE] = ['0x8e', '0x68', '0x6b', '0x6c'].map((classId) => ({
  classId,
  instanceId: '0x01',
})) as [CipPath, CipPath, CipPath, CipPath];
type CipPath = NonNullable<CipRequest['path']>;

/** Fragments of the new program. */
const FRAGMENTS = 8;

/** Stop the controller, replace its program, start it again. */
const DOWNLOAD: readonly CipRequest[] = [
  { service: 'Stop', path: MODE },
  { service: 'Delete', path: PROGRAM },
  { service: 'Create', path: PROGRAM, sends: 60, receives: 4 },
  { service: 'Create', path: SYMBOL, sends: 40, receives: 4 },
  { service: 'Create', path: TEMPLATE, sends: 80, receives: 4 },
  ...Array.from(
    { length: FRAGMENTS },
    () => ({ service: 'Write Data Fragmented', path: PROGRAM, sends: 440 }) as const,
  ),
  { service: 'Save', path: PROGRAM },
  { service: 'Start', path: MODE },
];

/** The services that this workstation uses for nothing else. */
export const DOWNLOAD_SERVICES: ReadonlySet<string> = new Set(DOWNLOAD.map(({ service }) => service));

/** What the engineering workstation does nowhere in the plant's life: replace a controller's program. */
export const cipProgramDownload: Scenario = {
  name: 'cip-program-download',
  summary: 'the engineering workstation stops a controller, replaces its program, and starts it again',
  protocol: 'enip',
  inject({ plant, at, key }) {
    const server = plant.enip?.controllers[0] as Controller;
    const random = generator(childKey(key, 'pace'));
    const opening = beginOnline(server, at);
    let asked = opening.at(-1)?.at ?? at;
    const download = DOWNLOAD.map((request) => {
      asked += integer(random, 300 * MILLISECOND, 2 * SECOND);
      return { at: asked, exchange: cipExchange(server, 'connected', request) };
    });
    const connection = scriptedConversation({
      key: childKey(key, 'connection'),
      client: plant.engineering,
      server,
      serverPort: ENIP_PORT,
      service: 'enip',
      script: [...opening, ...download],
    });
    return conversationInjection('cip-program-download', [connection], 'program replaced while stopped');
  },
};
