import { type PartProcess, startPart } from './partProcess.js';

export type ScorerProcess = PartProcess;

/** `ot-anomaly score --follow`. */
export function startScorer(options: {
  readonly url: string;
  readonly apiKey: string;
  readonly namespace: string;
  readonly models: string;
  readonly arguments?: readonly string[];
}): Promise<ScorerProcess> {
  const { url, apiKey, namespace, models } = options;
  return startPart({
    arguments: [
      ...['score', '--follow', '--namespace', namespace, '--models', models, '--scorer', 'bench'],
      ...(options.arguments ?? []),
    ],
    env: { ES_URL: url, ES_API_KEY: apiKey },
    ready: /scorer (started|resumed)/,
  });
}
