import type { Line } from './conversation.js';

/** What every row has after its time. */
export function identityColumns({ uid, client, clientPort, server, serverPort }: Line) {
  return {
    uid,
    'id.orig_h': client.address,
    'id.orig_p': clientPort,
    'id.resp_h': server.address,
    'id.resp_p': serverPort,
  };
}

/** Who sent this one message: in ICSNPP's logs of messages since 2023. */
export function senderColumns({ client, clientPort, server, serverPort }: Line, isOrig: boolean) {
  const ends = [
    { h: client.address, p: clientPort },
    { h: server.address, p: serverPort },
  ] as const;
  const [source, destination] = isOrig ? ends : ([ends[1], ends[0]] as const);
  return {
    is_orig: isOrig,
    source_h: source.h,
    source_p: source.p,
    destination_h: destination.h,
    destination_p: destination.p,
  };
}
