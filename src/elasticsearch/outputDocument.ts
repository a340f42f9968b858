import { ECS_VERSION } from '../anomaly/document.js';

/** What every document of our own streams has in common. */
export function outputDocument(
  dataset: string,
  namespace: string,
  at: Date,
  {
    message,
    kind = 'event',
    action,
    id,
  }: {
    readonly message: string;
    readonly kind?: 'event' | 'state' | 'metric';
    readonly action: string;
    readonly id: string;
  },
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    '@timestamp': at.toISOString(),
    message,
    ecs: { version: ECS_VERSION },
    data_stream: { type: 'logs', dataset: `ot_anomaly.${dataset}`, namespace },
    event: {
      id,
      kind,
      category: ['configuration'],
      type: ['info'],
      action,
      module: 'ot_anomaly',
      dataset: `ot_anomaly.${dataset}`,
    },
    ot_anomaly: fields,
  };
}
