import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import type { AnchoredHead } from '../governance/audit/chain.js';
import { GovernanceError } from '../governance/governanceError.js';

/** A place outside Elasticsearch that keeps each head of the audit chain, so that a rewrite of it shows. */
export interface AuditAnchor {
  append(head: AnchoredHead, at: Date): Promise<void>;
}

/** Where to: an append-only file, or `syslog://host:port` (UDP, RFC 5424), which takes it off this host. */
export const ANCHOR_VARIABLE = 'OT_ANOMALY_AUDIT_ANCHOR';

const MARK = 'ot_anomaly_audit';
const lineSchema = z.object({
  [MARK]: z.object({ namespace: z.string(), sequence: z.number().int(), sha256: z.string() }),
});
/** RFC 5424: facility 13 (log audit), severity 5 (notice). */
const SYSLOG_PRIORITY = 13 * 8 + 5;
const SYSLOG_PORT = 514;

/** The anchor that the environment names, or none. */
export function configuredAnchor(env: Readonly<Record<string, string | undefined>>): AuditAnchor | undefined {
  const place = env[ANCHOR_VARIABLE];
  if (place === undefined || place === '') return undefined;
  return place.startsWith('syslog://') ? syslogAnchor(new URL(place)) : fileAnchor(place);
}

/** Appends a line and has it on the disk when it returns. Best on write-once storage, or `chattr +a`. */
export function fileAnchor(path: string): AuditAnchor {
  return {
    append: async (head, at) => {
      try {
        const file = await open(path, 'a', 0o640);
        try {
          await file.appendFile(`${line(head, at)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
      } catch (cause) {
        throw new GovernanceError(
          'audit_failed',
          `${path}: the audit record could not be anchored`,
          `Nothing was done. Free the disk or correct ${ANCHOR_VARIABLE}; the next record follows on.`,
          { cause },
        );
      }
    },
  };
}

/** UDP carries no receipt: the collector's own gaps show in `audit verify` as heads that it never got. */
export function syslogAnchor({ hostname, port }: URL): AuditAnchor {
  return {
    append: (head, at) =>
      new Promise((resolve, reject) => {
        const socket = createSocket(hostname.includes(':') ? 'udp6' : 'udp4');
        const text = `<${SYSLOG_PRIORITY}>1 ${at.toISOString()} - ot-anomaly ${process.pid} audit - ${line(head, at)}`;
        socket.send(text, port === '' ? SYSLOG_PORT : Number(port), hostname, (error) => {
          socket.close();
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}

/** The heads of a namespace in a file of anchor lines; a collector may have put its own text before each. */
export function readAnchors(path: string, namespace: string): readonly AnchoredHead[] {
  if (!existsSync(path)) {
    throw new GovernanceError('not_found', `${path} can't be read`, 'Give the file that the anchor writes.');
  }
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const start = text.indexOf(`{"${MARK}"`);
      if (start < 0) return [];
      const parsed = lineSchema.safeParse(parse(text.slice(start)));
      const head = parsed.success ? parsed.data[MARK] : undefined;
      return head !== undefined && head.namespace === namespace ? [head] : [];
    });
}

function line({ namespace, sequence, sha256 }: AnchoredHead, at: Date): string {
  return JSON.stringify({ [MARK]: { namespace, sequence, sha256, at: at.toISOString() } });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
