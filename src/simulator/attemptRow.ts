import type { SimulatedRow } from './activity.js';
import { SYN_BYTES, WRITE_DELAY } from './connRow.js';
import type { TcpStack } from './host.js';
import { SECOND, toSeconds } from './time.js';

/** What a SYN met: nothing, a refusal, or an open port that the client at once resets. */
export type AttemptAnswer = 'none' | 'refused' | 'open';

export interface Attempt {
  readonly at: number;
  readonly uid: string;
  readonly client: string;
  readonly clientPort: number;
  readonly stack: TcpStack;
  readonly server: string;
  /** 502 unless told. */
  readonly serverPort?: number;
  readonly answer: AttemptAnswer;
  /** Time to the answer, microseconds. */
  readonly answersAfter: number;
  /** SYNs sent; a stack repeats an unanswered one after 1 s, 3 s … (RFC 6298). A scanner doesn't. */
  readonly syns: number;
}

/**
 * The conn.log row of an attempt that never became a connection: no service, no payload.
 * Zeek leaves duration and bytes unset where there was one packet only, and gives an unanswered
 * attempt up a fixed time after its first SYN.
 */
export function attemptRow(attempt: Attempt): SimulatedRow {
  const { answer, syns } = attempt;
  const lasted = answer === 'none' ? (2 ** (syns - 1) - 1) * SECOND : attempt.answersAfter;
  const counted = answer !== 'none' || syns > 1;
  return {
    log: 'conn',
    writtenAt: toSeconds(attempt.at + (answer === 'none' ? 0 : lasted) + WRITE_DELAY),
    row: {
      ts: toSeconds(attempt.at),
      uid: attempt.uid,
      'id.orig_h': attempt.client,
      'id.orig_p': attempt.clientPort,
      'id.resp_h': attempt.server,
      'id.resp_p': attempt.serverPort ?? 502,
      proto: 'tcp',
      ...(counted ? { duration: toSeconds(lasted), orig_bytes: 0, resp_bytes: 0 } : {}),
      ...OUTCOMES[answer],
      local_orig: true,
      local_resp: true,
      missed_bytes: 0,
      ...packets(attempt),
      ip_proto: 6,
    },
  };
}

/** As in real logs: a refused reconnect is `Sr`, a half-open scan of an open port `ShR`. */
const OUTCOMES = {
  none: { conn_state: 'S0', history: 'S' },
  refused: { conn_state: 'REJ', history: 'Sr' },
  open: { conn_state: 'RSTO', history: 'ShR' },
} as const;

function packets({ answer, stack, syns }: Attempt): Readonly<Record<string, number>> {
  const syn = SYN_BYTES[stack];
  switch (answer) {
    case 'none':
      return { orig_pkts: syns, orig_ip_bytes: syns * syn, resp_pkts: 0, resp_ip_bytes: 0 };
    case 'refused':
      return { orig_pkts: 1, orig_ip_bytes: syn, resp_pkts: 1, resp_ip_bytes: 40 };
    case 'open':
      return { orig_pkts: 2, orig_ip_bytes: syn + 40, resp_pkts: 1, resp_ip_bytes: SYN_BYTES.embedded };
  }
}
