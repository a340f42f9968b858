import { type Request, type Response, Router } from 'express';
import { drawBlindCheck, incidentIsOpen } from '../../app/blindCheck.js';
import { decide } from '../../app/decide.js';
import { type DecisionRequest, decisionRequestSchema } from '../../decision/request.js';
import { type DecisionProblem, driftChart, touchesTheProcess } from '../../decision/rules.js';
import { draftStanding, standingOf, VERDICTS } from '../../decision/standing.js';
import { sourceRow } from '../../elasticsearch/alertQueue.js';
import { pairHistory, readAlert } from '../../elasticsearch/alertStore.js';
import { agreementOf, decisionsOn } from '../../elasticsearch/decisionStore.js';
import { ElasticsearchError } from '../../elasticsearch/errors.js';
import { activeMaintenance } from '../../elasticsearch/maintenanceStore.js';
import { draftsOn, opinionsOn } from '../../elasticsearch/opinionStore.js';
import { sessionOf, withToken } from '../guard.js';
import { ModelShelf } from '../modelShelf.js';
import { show, showError } from '../pages.js';
import type { Site } from '../site.js';
import { chartSvg, chartWords } from '../svg.js';

/** What a form brought that could not be taken, to be shown again with what is wrong. */
interface Attempt {
  readonly request: Partial<DecisionRequest>;
  readonly problems: readonly Pick<DecisionProblem, 'field' | 'message'>[];
}

interface Shown {
  readonly attempt?: Attempt;
  /** what to say of the decision that led here */
  readonly decided?: string;
  /** without what others decided and what an AI thinks */
  readonly blind?: boolean;
}

/** One alert: what happened and why, what is known of both ends, what an AI thinks, and the form to decide. */
export function alertRoutes(site: Site): Router {
  const router = Router();
  const shelf = new ModelShelf(site.models);

  router.get('/alerts/:id', async (request, response) => {
    await alertPage(request.params.id, response, { decided: String(request.query['decided'] ?? '') });
  });

  router.get('/blind-check', async (_request, response) => {
    const { client, principal } = sessionOf(response);
    const { namespace, settings } = site;
    const now = site.now();
    if (settings.blindCheckShare === 0 || (await incidentIsOpen(client, namespace, now))) {
      showError(site, response, 404, 'No blind check now', 'They are switched off, or an incident is open.');
      return;
    }
    const id = await drawBlindCheck(client, namespace, principal.username, now, site.chance());
    if (id === undefined)
      showError(
        site,
        response,
        404,
        'No blind check',
        'There is no alert that others decided and you did not.',
      );
    else await alertPage(id, response, { blind: true });
  });

  router.post('/alerts/:id/decisions', withToken(site), (request, response) =>
    take(request, response, false),
  );
  router.post('/alerts/:id/blind-checks', withToken(site), (request, response) =>
    take(request, response, true),
  );

  async function take(request: Request, response: Response, blind: boolean): Promise<void> {
    const { id } = request.params as { id: string };
    if (blind && site.settings.blindCheckShare === 0) {
      showError(site, response, 404, 'No blind check now', 'They are switched off.');
      return;
    }
    const { client, principal } = sessionOf(response);
    const { _csrf, key, ...fields } = request.body as Record<string, unknown>;
    const seen = typeof fields['seen'] === 'string' ? fields['seen'].split(' ').filter(Boolean) : [];
    const parsed = decisionRequestSchema.safeParse({ ...fields, seen });
    if (!parsed.success || typeof key !== 'string' || key.length > 100) {
      const problems = [{ field: 'action' as const, message: 'Choose what you decide.' }];
      await alertPage(id, response, { blind, attempt: { request: {}, problems } });
      return;
    }
    try {
      const decided = await decide({
        client,
        namespace: site.namespace,
        by: principal.username,
        alertId: id,
        request: parsed.data,
        key,
        ticketPattern: site.settings.ticketPattern,
        blind,
        now: site.now(),
      });
      switch (decided.kind) {
        case 'no_such_alert':
          showError(
            site,
            response,
            404,
            'No such alert',
            'It may have been removed by the retention of its stream.',
          );
          return;
        case 'refused':
          await alertPage(id, response, {
            blind,
            attempt: { request: parsed.data, problems: decided.problems },
          });
          return;
        case 'key_used':
          showError(
            site,
            response,
            409,
            'Decided already',
            'This form was sent before with another decision. Open the alert again and see what stands.',
          );
          return;
        case 'stored':
          if (!decided.again) site.metrics.decision(parsed.data.action);
          site.log.info(
            {
              user: { name: principal.username },
              event: { action: parsed.data.action, id: decided.decision.id },
            },
            'decision stored',
          );
          response.redirect(
            303,
            `/alerts/${encodeURIComponent(id)}?decided=${blind ? 'blind' : decided.unseen.length > 0 ? 'conflict' : 'yes'}#decisions`,
          );
      }
    } catch (error) {
      if (!(error instanceof ElasticsearchError) || error.code !== 'forbidden') throw error;
      showError(
        site,
        response,
        403,
        'Not stored',
        'Elasticsearch did not let your account write a decision.',
      );
    }
  }

  async function alertPage(
    id: string,
    response: Response,
    { attempt, decided = '', blind = false }: Shown,
  ): Promise<void> {
    const session = sessionOf(response);
    const { client, principal } = session;
    const { namespace } = site;
    const alert = await readAlert(client, namespace, id);
    if (alert === undefined) {
      showError(
        site,
        response,
        404,
        'No such alert',
        'It may have been removed by the retention of its stream.',
      );
      return;
    }
    const [opinions, drafts, decisions, past, row, agreement, maintenance] = await Promise.all([
      opinionsOn(client, namespace, [id]).then((all) => all.get(id) ?? []),
      draftsOn(client, namespace, id),
      decisionsOn(client, namespace, [id]),
      pairHistory(client, namespace, alert),
      sourceRow(client, namespace, id),
      agreementOf(client, namespace, principal.username),
      activeMaintenance(client, namespace, new Date(alert.document['@timestamp'])),
    ]);
    if (attempt !== undefined) response.status(422);
    show(site, response, session, 'alert', {
      title: 'Alert',
      alert,
      ot: alert.document.ot_anomaly,
      opinions,
      drafts: drafts.map((draft) => ({
        ...draft,
        standing: draftStanding(draft.id, decisions),
        ticket: touchesTheProcess(draft),
      })),
      decisions,
      standing: standingOf(decisions),
      verdicts: VERDICTS,
      history: blind ? past.history.map((one) => ({ ...one, decisions: [] })) : past.history,
      blind,
      historyTotal: past.total,
      maintenance,
      charts: shelf.charts(alert, row)?.map((chart) => ({
        title: chart.title,
        words: chartWords(chart),
        svg: chartSvg(chart),
      })),
      agreement,
      drift: driftChart(alert),
      attempt: attempt?.request ?? {},
      problems: attempt?.problems ?? [],
      // Anybody can write the address: only one's own decision is told as stored.
      decided: decisions.some(({ by }) => by === principal.username) ? decided : '',
      key: site.newId(),
      seen: decisions
        .map((one) => one.id)
        .slice(0, 200)
        .join(' '),
    });
  }
  return router;
}
