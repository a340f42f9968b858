import type { Conversation, Exchange, ScriptedExchange } from '../conversations/conversation.js';
import { scriptedConversation } from '../conversations/scriptedConversation.js';
import { readClasses, relayCommand } from '../dnp3/exchanges.js';
import { DNP3_PORT, DNP3_SERVICE } from '../dnp3/masterPolling.js';
import type { Outstation } from '../dnp3/outstation.js';
import type { Host } from '../host.js';
import { childKey, generator, integer, type Key } from '../random.js';
import { SECOND } from '../time.js';
import { intruder } from './intruder.js';
import type { Scenario } from './scenario.js';
import { conversationInjection } from './scriptedConnection.js';

const OUTSTATIONS = 2;
/** Relays that are tripped at each, one after the other. */
const RELAYS = 4;

/** A master that nobody knows reads what there is, and trips relays without SELECT. */
export const dnp3DirectOperate: Scenario = {
  name: 'dnp3-direct-operate',
  summary: 'an unknown master reads up to two outstations and trips relays with DIRECT_OPERATE',
  protocol: 'dnp3',
  inject({ plant, at, key }) {
    const source = intruder(plant, childKey(key, 'source'), 20);
    let begins = at;
    const connections = (plant.dnp3?.outstations ?? []).slice(0, OUTSTATIONS).map((outstation, n) => {
      const connection = directOperate(childKey(key, n), source, outstation, begins);
      begins = connection.endsAt + 2 * SECOND;
      return connection;
    });
    return conversationInjection('dnp3-direct-operate', connections, 'unknown master trips relays');
  },
};

function directOperate(key: Key, client: Host, server: Outstation, at: number): Conversation {
  const random = generator(childKey(key, 'pace'));
  const trip = (index: number): Exchange =>
    relayCommand(server, 'DIRECT_OPERATE', {
      index,
      operation: 'Pulse On',
      trip: 'Trip',
      onTime: 1_000,
      offTime: 0,
    });
  const exchanges = [readClasses(server, [0]), ...Array.from({ length: RELAYS }, (_, index) => trip(index))];
  let asked = at;
  const script = exchanges.map((exchange): ScriptedExchange => {
    asked += integer(random, 1, 5) * SECOND + integer(random, 0, SECOND);
    return { at: asked, exchange };
  });
  return scriptedConversation({ key, client, server, serverPort: DNP3_PORT, service: DNP3_SERVICE, script });
}
