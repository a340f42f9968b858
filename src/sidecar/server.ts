import { readFileSync } from 'node:fs';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import rateLimit from 'express-rate-limit';
import helmet from 'helmet';
import { packagePath } from '../config/packageRoot.js';
import { ElasticsearchError } from '../elasticsearch/errors.js';
import { apiRoutes } from './api/routes.js';
import { sameOrigin, signedIn, withToken } from './guard.js';
import { showError } from './pages.js';
import { alertRoutes } from './routes/alert.js';
import { approvalsRoute } from './routes/approvals.js';
import { handOverRoute } from './routes/handOver.js';
import { healthRoute } from './routes/health.js';
import { queueRoute } from './routes/queue.js';
import { signInRoutes, signOutRoute } from './routes/signIn.js';
import type { Site } from './site.js';
import { soarRoutes } from './soar/webhook.js';

const REQUESTS_A_MINUTE = 300;
const FORM_MAX = '64kb';

/**
 * The decision server: pages for people, routes for programs. What comes first holds for all: limits, headers, log.
 *
 * @param isReady whether Elasticsearch can be reached; asked by `/readyz`
 */
export function decisionServer(site: Site, isReady: () => Promise<boolean>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', site.settings.proxies.length === 0 ? false : [...site.settings.proxies]);
  app.set('query parser', 'simple');
  app.use(logged(site));
  app.use(headers());
  app.get('/healthz', (_request, response) => void response.type('text').send('alive\n'));
  app.get('/readyz', async (_request, response) => {
    const ready = await isReady();
    response
      .status(ready ? 200 : 503)
      .type('text')
      .send(ready ? 'ready\n' : 'Elasticsearch is away\n');
  });
  app.use(
    rateLimit({
      windowMs: 60_000,
      limit: REQUESTS_A_MINUTE,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: (_request, response) =>
        showError(site, response, 429, 'Too many requests', 'Wait a minute and try again.'),
    }),
  );
  app.get('/style.css', styleSheet());

  app.use(soarRoutes(site), apiRoutes(site));

  app.use(sameOrigin(site));
  app.use(express.urlencoded({ extended: false, limit: FORM_MAX, parameterLimit: 50 }));
  app.use(signInRoutes(site));
  app.use(signedIn(site));
  app.use(queueRoute(site), alertRoutes(site), handOverRoute(site), approvalsRoute(site), healthRoute(site));
  app.post('/sign-out', withToken(site));
  app.use(signOutRoute(site));
  app.use((_request, response) =>
    showError(site, response, 404, 'Nothing is here', 'The address is not one of this server’s pages.'),
  );
  app.use(pageErrors(site));
  return app;
}

/** One line of log a request: its route and not its path, which may name an asset; never its body or headers. */
function logged(site: Site): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    const id = site.newId();
    response.set('x-request-id', id);
    response.on('finish', () => {
      const seconds = (performance.now() - began) / 1000;
      const route = typeof request.route?.path === 'string' ? request.route.path : 'none';
      site.metrics.answered(route, request.method, response.statusCode, seconds);
      site.log.info(
        {
          http: {
            request: { id, method: request.method },
            response: { status_code: response.statusCode },
          },
          url: { path: route },
          client: { ip: request.ip },
          event: { duration: Math.round(seconds * 1e9) },
        },
        'answered',
      );
    });
    next();
  };
}

function headers(): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'style-src': ["'self'"],
          'img-src': ["'self'", 'data:'],
          'form-action': ["'self'"],
          'frame-ancestors': ["'none'"],
          'base-uri': ["'none'"],
        },
      },
      // A form must tell where it came from; no other site learns of an alert's address.
      referrerPolicy: { policy: 'same-origin' },
      strictTransportSecurity: { maxAge: 31_536_000 },
    }),
    (_request, response, next) => {
      response.set('cache-control', 'no-store');
      next();
    },
  ];
}

function styleSheet(): RequestHandler {
  const css = readFileSync(packagePath('views/style.css'), 'utf8');
  return (_request, response) => void response.set('cache-control', 'max-age=300').type('css').send(css);
}

function pageErrors(site: Site): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof ElasticsearchError) {
      const text =
        error.code === 'unauthenticated'
          ? 'Elasticsearch no longer knows your password or key. Sign out and in again.'
          : 'Elasticsearch is away, busy or not set up. Nothing is known to be stored: look before you repeat it.';
      site.log.warn({ err: error }, 'Elasticsearch did not answer a page');
      showError(
        site,
        response,
        error.code === 'unauthenticated' ? 401 : 503,
        'Elasticsearch did not do it',
        text,
      );
      return;
    }
    const status =
      typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
    if (status >= 400 && status < 500) {
      showError(site, response, status, 'Not understood', 'The request was too large or not well formed.');
      return;
    }
    site.log.error({ err: error }, 'a page failed');
    showError(site, response, 500, 'The server failed', 'Its log says more.');
  };
}
