import type { Client } from '@elastic/elasticsearch';
import express, { type Request, type Response, Router } from 'express';
import { alertState } from '../../app/alertState.js';
import { readAlert } from '../../elasticsearch/alertStore.js';
import { writeCaseNote } from '../../elasticsearch/caseStore.js';
import { digest } from '../../triage/ids.js';
import { cleanText } from '../../triage/untrusted.js';
import { decideAs, NO_SUCH_ALERT } from '../api/decide.js';
import { type SoarMessage, soarMessageSchema } from '../api/schemas.js';
import { stateView } from '../api/views.js';
import { asCaller } from '../caller.js';
import { apiErrors, invalidBody, type ProblemInput, sendProblem } from '../problem.js';
import type { Site } from '../site.js';
import { SignatureCheck, type Verified } from './signature.js';

const BODY_MAX = '32kb';

/**
 * What a SOAR may do: ask for triage, attach a case, fetch the state. A decision through it takes the credential of
 * the person who decides; the SOAR's own signature is never enough.
 */
export function soarRoutes(site: Site): Router {
  const router = Router();
  const { soar } = site;
  const check = new SignatureCheck(site.settings.soarSecrets, () => site.now().getTime());
  router.post(
    '/webhooks/soar',
    express.raw({ type: () => true, limit: BODY_MAX }),
    async (request, response) => {
      if (soar === undefined || site.settings.soarSecrets.length === 0) {
        refuse(
          response,
          404,
          'webhook-off',
          'The webhook is not set up',
          'OT_ANOMALY_SOAR_SECRETS is empty.',
        );
        return;
      }
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const verified = check.check(body, headersOf(request));
      if (!verified.ok) {
        site.metrics.webhook(verified.code);
        site.log.warn({ client: { ip: request.ip }, event: { reason: verified.code } }, 'webhook refused');
        sendProblem(response, REFUSALS[verified.code]);
        return;
      }
      const message = parseMessage(body);
      if (!message.success) {
        site.metrics.webhook('invalid');
        sendProblem(response, invalidBody(message.error));
        return;
      }
      try {
        await act(site, soar, message.data, verified.id, request, response);
        site.metrics.webhook(response.statusCode < 400 ? message.data.type : 'refused');
      } finally {
        // What was not done may be sent again under the same id.
        if (!response.headersSent || response.statusCode >= 400) check.release(verified.id);
      }
    },
  );
  router.use(
    '/webhooks',
    apiErrors((error) => site.log.error({ err: error }, 'a webhook failed')),
  );
  return router;
}

async function act(
  site: Site,
  soar: Client,
  message: SoarMessage,
  messageId: string,
  request: Request,
  response: Response,
): Promise<void> {
  const { namespace } = site;
  const { alert_id } = message.data;
  if (message.type === 'decision.create') {
    const { decision } = message.data;
    await asCaller(site, request, response, (caller) =>
      decideAs(site, caller, alert_id, decision, `soar\n${messageId}`, response),
    );
    return;
  }
  if (message.type === 'state.get') {
    const state = await alertState(soar, namespace, alert_id);
    if (state === undefined) sendProblem(response, NO_SUCH_ALERT);
    else response.json(stateView(state));
    return;
  }
  const alert = await readAlert(soar, namespace, alert_id);
  if (alert === undefined) {
    sendProblem(response, NO_SUCH_ALERT);
    return;
  }
  const id = digest('case', messageId);
  const written = await writeCaseNote(
    soar,
    namespace,
    { id, alert, ...noteOf(message, messageId) },
    site.now(),
  );
  if (written) response.status(202).json({ id, status: 'accepted' });
  else sendProblem(response, REFUSALS.replayed);
}

function noteOf(message: Exclude<SoarMessage, { type: 'state.get' | 'decision.create' }>, messageId: string) {
  if (message.type === 'triage.request')
    return {
      action: 'triage-requested',
      message: 'The SOAR asks for triage',
      fields: { case: { message_id: messageId } },
    };
  const { id, system, url } = message.data.case;
  return {
    action: 'case-attached',
    message: cleanText(`Case ${id} of ${system}`),
    fields: {
      case: { id, system, ...(url === undefined ? {} : { url }), message_id: messageId },
    },
  };
}

const REFUSALS: Readonly<Record<Exclude<Verified, { ok: true }>['code'], ProblemInput>> = {
  'bad-signature': {
    status: 401,
    code: 'bad-signature',
    title: 'The signature does not hold',
    detail: 'Expected webhook-id, webhook-timestamp and webhook-signature as Standard Webhooks has them.',
  },
  stale: {
    status: 401,
    code: 'stale',
    title: 'The message is too old or from the future',
    detail: 'Its time may be five minutes off at most: check both clocks.',
  },
  replayed: {
    status: 409,
    code: 'replayed',
    title: 'This message came before',
    detail: 'Each webhook-id is taken once.',
  },
};

function refuse(response: Response, status: number, code: string, title: string, detail: string): void {
  sendProblem(response, { status, code, title, detail });
}

function headersOf(request: Request): Record<string, string | undefined> {
  return Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, request.get(name)]),
  );
}

/** What a message with a good signature says, if it says anything that is provided for. */
export function parseMessage(body: Buffer): ReturnType<typeof soarMessageSchema.safeParse> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    json = undefined;
  }
  return soarMessageSchema.safeParse(json);
}
