import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { recommendationRequestSchema } from '../../app/recommend.js';
import { packageVersion } from '../../config/packageRoot.js';
import { decisionRequestSchema } from '../../decision/request.js';
import { problemSchema } from '../problem.js';
import {
  alertId,
  alertStateSchema,
  decisionResultSchema,
  soarMessageSchema,
  storedSchema,
} from './schemas.js';

const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});
const problems = {
  '401': problem('no credential, or an unknown one'),
  '403': problem('the account may not do that'),
  '404': problem('no such alert'),
  '422': problem('the request is not as expected, or the decision lacks something'),
  '429': problem('too many requests, or locked out'),
  '503': problem('Elasticsearch is away'),
};
const person: NonNullable<ZodOpenApiOperationObject['security']> = [
  { apiKey: [] },
  { basic: [] },
  { bearer: [] },
];
const idempotency = {
  header: z.object({
    'idempotency-key': z.string().min(8).max(128).optional().meta({ description: 'sent twice it is one' }),
  }),
};

/** The OpenAPI document, from the very schemas that check what comes in. */
export function openApi(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'ot-anomaly decision server',
      version: packageVersion(),
      description:
        'AI parts may draft and advise; only people decide, each with their own Elasticsearch credential.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/api/alerts/{id}': {
        get: {
          operationId: 'getAlertState',
          summary: 'Where an alert stands',
          security: person,
          requestParams: { path: z.object({ id: alertId }) },
          responses: { '200': { description: 'its state', ...json(alertStateSchema) }, ...problems },
        },
      },
      '/api/alerts/{id}/decisions': {
        post: {
          operationId: 'decide',
          summary: 'Decide, with the person’s own credential',
          security: person,
          requestParams: { path: z.object({ id: alertId }), ...idempotency },
          requestBody: { required: true, ...json(decisionRequestSchema) },
          responses: {
            '200': { description: 'stored before', ...json(decisionResultSchema) },
            '201': { description: 'stored', ...json(decisionResultSchema) },
            ...problems,
          },
        },
      },
      '/api/recommendations': {
        post: {
          operationId: 'draft',
          summary: 'Draft what an AI part recommends; it stays pending until a person decides',
          security: person,
          requestParams: { ...idempotency },
          requestBody: { required: true, ...json(recommendationRequestSchema) },
          responses: { '201': { description: 'kept as a draft', ...json(storedSchema) }, ...problems },
        },
      },
      '/webhooks/soar': {
        post: {
          operationId: 'soarWebhook',
          summary: 'A message of the SOAR, signed as Standard Webhooks has it',
          security: [{ signature: [] }],
          requestParams: {
            header: z.object({
              'webhook-id': z.string(),
              'webhook-timestamp': z.string().meta({ description: 'seconds; at most 5 minutes off' }),
              'webhook-signature': z.string(),
            }),
          },
          requestBody: { required: true, ...json(soarMessageSchema) },
          responses: {
            '200': { description: 'state.get: the state', ...json(alertStateSchema) },
            '201': { description: 'decision.create: the decision', ...json(decisionResultSchema) },
            '202': { description: 'taken', ...json(storedSchema) },
            '409': problem('this webhook-id came before'),
            ...problems,
          },
        },
      },
    },
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'ApiKey <encoded>' },
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer', description: 'where Elasticsearch has a JWT realm' },
        signature: { type: 'apiKey', in: 'header', name: 'webhook-signature' },
      },
    },
  });
}
