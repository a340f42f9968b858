import { z } from 'zod';
import { assetSchema } from '../anomaly/assetContext.js';
import { PROTOCOLS } from '../features/protocol.js';

const endpoint = z.object({ address: z.string(), port: z.number().optional() });

/** What triage and the decision server read of an alert. Unknown fields are left out, not refused: detectors add some. */
export const alertSchema = z.object({
  '@timestamp': z.string(),
  message: z.string().default(''),
  event: z.object({
    kind: z.string(),
    severity: z.number().default(0),
    risk_score: z.number().default(0),
    ingested: z.string().optional(),
  }),
  source: endpoint.optional(),
  destination: endpoint.optional(),
  network: z.object({ protocol: z.string().optional() }).optional(),
  observer: z.object({ name: z.string().optional() }).optional(),
  ot_anomaly: z.object({
    detector: z.string().default('unknown'),
    score: z.number().optional(),
    alert_line: z.number().optional(),
    relation: z.string().optional(),
    unit: z.string().optional(),
    function_code: z.string().optional(),
    interval: z.number().optional(),
    chart: z.string().optional(),
    group: z
      .object({
        id: z.string().optional(),
        kind: z.string(),
        records: z.number().optional(),
        sources: z.number().optional(),
      })
      .optional(),
    evidence: z
      .array(
        z.object({
          detector: z.string().optional(),
          feature: z.string(),
          observed: z.string().optional(),
          usual: z.string().optional(),
          days_seen: z.number().optional(),
          text: z.string(),
        }),
      )
      .default([]),
    technique: z
      .array(
        z.object({
          id: z.string(),
          v18_id: z.string().optional(),
          name: z.string(),
          evidence: z.string().optional(),
        }),
      )
      .default([]),
    source_asset: assetSchema.optional().catch(undefined),
    destination_asset: assetSchema.optional().catch(undefined),
    model: z.object({ sha256: z.string(), lab: z.boolean().optional() }).optional(),
    zeek: z.object({ log: z.string().optional(), uid: z.string().optional() }).optional(),
  }),
});
export type AlertDocument = z.infer<typeof alertSchema>;

/** An alert with its id and the data stream that holds it. */
export interface Alert {
  readonly id: string;
  readonly index: string;
  readonly document: AlertDocument;
}

/** The protocol, if it is one of those that this product scores. */
export function protocolOfAlert({ document }: Alert): (typeof PROTOCOLS)[number] | undefined {
  return PROTOCOLS.find((protocol) => protocol === document.network?.protocol);
}
