import type { Request, Response } from 'express';

/** One cookie of a request; undefined if it is not there. */
export function readCookie(request: Request, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}

/** A name that browsers only take from this very host over TLS, where there is TLS. */
export function cookieName(request: Request, base: string): string {
  return request.secure ? `__Host-${base}` : base;
}

export function setCookie(request: Request, response: Response, base: string, value: string): void {
  response.cookie(cookieName(request, base), value, options(request));
}

export function dropCookie(request: Request, response: Response, base: string): void {
  response.clearCookie(cookieName(request, base), options(request));
}

const options = (request: Request) =>
  ({ httpOnly: true, sameSite: 'strict', secure: request.secure, path: '/' }) as const;
