import { type Response, Router } from 'express';
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

/** One alert: what happened and why, what is known of both ends, what an AI thinks, and the form to decide. */
export function alertRoutes(site: Site): Router {
  const router = Router();
  const shelf = new ModelShelf(site.models);

  router.get('/alerts/:id', async (request, response) => {
    await alertPage(request.params.id, response, undefined, String(request.query['decided'] ?? ''));
  });

  router.post('/alerts/:id/decisions', withToken(site), async (request, response) => {
    const { id } = request.params as { id: string };
    const { client, principal } = sessionOf(response);
    const { _csrf, key, ...fields } = request.body as Record<string, unknown>;
    const seen = typeof fields['seen'] === 'string' ? fields['seen'].split(' ').filter(Boolean) : [];
    const parsed = decisionRequestSchema.safeParse({ ...fields, seen });
    if (!parsed.success || typeof key !== 'string' || key.length > 100) {
      await alertPage(id, response, {
        request: {},
        problems: [{ field: 'action', message: 'Choose what you decide.' }],
      });
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
        blind: false,
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
          await alertPage(id, response, { request: parsed.data, problems: decided.problems });
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
            `/alerts/${encodeURIComponent(id)}?decided=${decided.unseen.length > 0 ? 'conflict' : 'yes'}#decisions`,
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
  });

  async function alertPage(
    id: string,
    response: Response,
    attempt: Attempt | undefined,
    decided = '',
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
      history: past.history,
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
      decided,
      key: site.newId(),
      seen: decisions
        .map((one) => one.id)
        .slice(0, 200)
        .join(' '),
    });
  }
  return router;
}
