import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Address } from '../config/connection.js';

const TIMEOUT_MS = 3_000;
/** Readiness is asked without signing in: an answer is kept this long, so that asking can't load Elasticsearch. */
const KEPT_MS = 2_000;

/** Whether Elasticsearch answers, without any credential: 401 is an answer. */
export function readinessOf({ url, caFile }: Address): () => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<boolean> = Promise.resolve(false);
  return () => {
    if (performance.now() - asked > KEPT_MS) {
      asked = performance.now();
      answer = ask(url, caFile);
    }
    return answer;
  };
}

function ask(url: string, caFile: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) };
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(`${url}/`, options, (response) => {
      response.resume();
      const status = response.statusCode ?? 500;
      resolve(status < 500);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end();
  });
}
